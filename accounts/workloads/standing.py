"""Finding a service by the client id it presents, and whether it may have a token now."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.workloads.errors import Rejected
from accounts.workloads.models import Proof, ServiceIdentity
from accounts.workloads.notices import tell_of_orphan
from audit.reasons import Reason
from tenants.credentials import org_of
from tenants.models import Membership, Organization
from tenants.policy import CLOSED
from tenants.scope import org_scope

CLIENT_ID = re.compile(r"svc_[0-9A-Za-z]{28}", re.ASCII)
USE_IS_NOTED_EVERY = timedelta(minutes=1)


@contextmanager
def presented(client_id: str) -> Iterator[ServiceIdentity]:
    """Open the organisation of the service `client_id` for the block; raises `Rejected` if there is no such service."""
    org_id = org_of(client_id) if CLIENT_ID.fullmatch(client_id) else None
    if org_id is None:
        raise Rejected(Reason.SERVICE_UNKNOWN)
    with org_scope(org_id):
        service = ServiceIdentity.objects.select_related("owner").filter(client_id=client_id).first()
        if service is None:
            raise Rejected(Reason.SERVICE_UNKNOWN)
        yield service


def must_stand(service: ServiceIdentity) -> None:
    """Raise `Rejected` unless the service may act: enabled, of an active tenant, its owner still a member of it."""
    standing = Organization.objects.get().standing
    if standing not in {Organization.Status.ACTIVE, Organization.BillingStatus.PAUSED}:
        raise Rejected(CLOSED.get(standing, Reason.TENANT_SUSPENDED))
    if service.disabled_at is not None:
        raise Rejected(Reason.SERVICE_DISABLED)
    if not service.owner.is_active or not Membership.objects.filter(user_id=service.owner_id).exists():
        tell_of_orphan(service)
        raise Rejected(Reason.SERVICE_ORPHANED)


def note_use(proof: Proof, service: ServiceIdentity) -> None:
    """Keep when a key or an issuer was last used, to the minute, and its service with it."""
    now = timezone.now()
    if _is_old(proof.last_used_at, now):
        type(proof)._default_manager.filter(id=proof.id).update(last_used_at=now)
    if _is_old(service.last_used_at, now):
        ServiceIdentity.objects.filter(id=service.id).update(last_used_at=now)


def _is_old(moment: datetime | None, now: datetime) -> bool:
    return moment is None or now - moment >= USE_IS_NOTED_EVERY
