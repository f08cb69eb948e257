"""The services that stop when their owner leaves."""

import uuid
from collections.abc import Collection

from django.urls import reverse

from accounts.workloads.models import ServiceIdentity
from tenants.departures import Stop, tells


@tells
def owned(people: Collection[uuid.UUID]) -> list[Stop]:
    """Return the enabled services of the open organisation that the people answer for, by name."""
    rows = ServiceIdentity.objects.filter(owner_id__in=people, disabled_at=None).order_by("name", "id")
    return [
        Stop(owner, name, reverse("service_detail", args=[pk]))
        for pk, owner, name in rows.values_list("id", "owner_id", "name")
    ]
