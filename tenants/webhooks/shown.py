"""How endpoints stand, for the list of them."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Max, Q

from tenants.webhooks.models import Delivery, Endpoint


@dataclass(frozen=True, slots=True)
class Standing:
    """An endpoint with how many of its deliveries wait and failed, and when one was accepted."""

    endpoint: Endpoint
    waiting: int = 0
    failed: int = 0
    accepted_at: object = None


def standing(endpoints: Iterable[Endpoint]) -> list[Standing]:
    """Return each endpoint with its numbers, in one query for all of them."""
    rows = list(endpoints)
    state = Delivery.State
    counted = (
        Delivery.objects.filter(endpoint__in=rows)
        .order_by()
        .values("endpoint")
        .annotate(
            waiting=Count("id", filter=Q(state=state.WAITING)),
            failed=Count("id", filter=Q(state=state.FAILED)),
            accepted_at=Max("finished_at", filter=Q(state=state.DELIVERED)),
        )
    )
    numbers: dict[uuid.UUID, dict[str, object]] = {row.pop("endpoint"): row for row in counted}
    return [Standing(endpoint, **numbers.get(endpoint.id, {})) for endpoint in rows]  # type: ignore[arg-type]  # as annotated
