"""Reading the record: pages of decisions by keyset, one decision, and why it was made."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q

from audit.ids import decided_at
from audit.models import Decision
from audit.reasons import Reason

LARGEST_PAGE = 100
_SLACK = timedelta(seconds=30)  # between the id's clock and the row's


@dataclass(frozen=True, slots=True)
class Filters:
    """What a page of decisions is narrowed to; an empty value narrows nothing."""

    action: str = ""
    reason: str = ""
    permission: str = ""
    principal: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Line(NamedTuple):
    """A decision as lists show it: without `detail`, the largest column, and without the cost of a model's instance."""

    id: str
    created_at: datetime
    environment: str
    request_id: str
    principal_kind: str
    principal_id: str
    principal_label: str
    permission: str
    resource: str
    action: str
    mode: str
    reason_codes: list[str]
    policy_version: str
    input_hash: bytes | None
    findings: dict[str, dict[str, int]]
    timings: dict[str, float]


def page(filters: Filters, cursor: str = "", size: int = 50) -> tuple[list[Line], str]:
    """Return the open organisation's decisions before `cursor`, newest first, and the cursor of the next page.

    A cursor is the id of the last decision seen; an unknown one starts from its time, one that is no id from the top.
    """
    rows = Decision.objects.filter(_conditions(filters)).order_by("-created_at", "-id")
    moment = decided_at(cursor)
    if moment is not None:
        last = Decision.objects.filter(id=cursor, **_around(moment)).first()
        at, key = (last.created_at, last.id) if last else (moment, cursor)
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=key), created_at__lte=at)
    lines = rows.values_list(*Line._fields)[: min(max(size, 1), LARGEST_PAGE) + 1]
    found = list(map(Line._make, lines))
    more = len(found) > size
    found = found[:size]
    return found, found[-1].id if more else ""


def find(decision_id: str) -> Decision:
    """Return a decision of the open organisation; raises `Decision.DoesNotExist`, also for another tenant's."""
    moment = decided_at(decision_id)
    if moment is None:
        raise Decision.DoesNotExist
    return Decision.objects.get(id=decision_id, **_around(moment))


def _around(moment: datetime) -> dict[str, Any]:
    """Return the span of time in which the row of an id lies: it names the partition to look in."""
    return {
        "created_at__gte": moment - _SLACK,
        "created_at__lte": min(moment, datetime.max.replace(tzinfo=UTC) - _SLACK) + _SLACK,
    }


def _conditions(filters: Filters) -> Q:
    conditions = Q()
    if filters.action:
        conditions &= Q(action=filters.action)
    if filters.reason:
        conditions &= Q(reason_codes__contains=[filters.reason])
    if filters.permission:
        conditions &= Q(permission=filters.permission)
    if filters.principal:
        conditions &= Q(principal_id=filters.principal)
    if filters.since:
        conditions &= Q(created_at__gte=filters.since)
    if filters.until:
        conditions &= Q(created_at__lt=filters.until)
    return conditions


def sentences(codes: list[str]) -> list[dict[str, str]]:
    """Return each reason code with its sentence; a code that is no longer known keeps its name."""
    known = {reason.value: reason.sentence for reason in Reason}
    return [{"code": code, "sentence": known.get(code, "This reason is no longer in use.")} for code in codes]
