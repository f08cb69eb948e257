"""What an organisation loses by a smaller plan, said before it is chosen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from billing.catalogue.models import PlanVersion
from billing.entitlements.limits import Limits
from billing.ledger.models import UsageEvent
from billing.ledger.names import in_words
from tenants.models import Membership
from tenants.services.invitations import open_invitations

NAMED = 20
"""People and models that are named; of more their number is said."""
LATELY = timedelta(days=30)
MEASURES = (("requests", "requests"), ("tokens", "tokens"), ("spend_nanos", "nanos"))


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that becomes less, and who or what is over the new limit now."""

    text: str
    over: list[str]


def losses(now: Limits, plan: PlanVersion) -> list[Loss]:
    """Return what a plan holds less than `now` does, largest things first."""
    then = plan.limits
    return [*_seats(now, then), *_models(now, then), *_amounts(now, then), *_retention(now, then)]


def _seats(now: Limits, then: Limits) -> Iterator[Loss]:
    if then.seats is None or (now.seats is not None and now.seats <= then.seats):
        return
    members = Membership.objects.select_related("user").order_by("created_at", "id")
    waiting = [f"{each.email}, invited" for each in open_invitations().order_by("created_at")]
    over = [*(str(each.user) for each in members), *waiting][then.seats :]
    text = f"{_said(now.seats)} seats become {then.seats}."
    if over:
        text += " Nobody is removed, and nobody can be invited until the members fit. Over the new limit, newest last:"
    yield Loss(text, _named(over))


def _models(now: Limits, then: Limits) -> Iterator[Loss]:
    if then.models is None or (now.models is not None and set(now.models) <= set(then.models)):
        return
    used = UsageEvent.objects.filter(at__gte=timezone.now() - LATELY).order_by("model")
    names = used.values_list("model", flat=True).distinct()
    over = [name for name in names if name not in then.models]
    text = f"Any model becomes {len(then.models)} models: {', '.join(then.models)}."
    if over:
        text += f" Called in the last {LATELY.days} days, and refused then:"
    yield Loss(text, _named(over))


def _amounts(now: Limits, then: Limits) -> Iterator[Loss]:
    for name, unit in MEASURES:
        former, left = getattr(now, name), getattr(then, name)
        if left is not None and (former is None or left < former):
            said = "No bound" if former is None else in_words(former, unit)
            yield Loss(f"{said} a month becomes {in_words(left, unit)} a month.", [])
    if then.requests_per_minute < now.requests_per_minute:
        yield Loss(f"{now.requests_per_minute:,} requests a minute become {then.requests_per_minute:,}.", [])


def _retention(now: Limits, then: Limits) -> Iterator[Loss]:
    if then.retention_days < now.retention_days:
        yield Loss(f"Decisions are kept for {then.retention_days} days, no longer for {now.retention_days}.", [])


def _named(over: list[str]) -> list[str]:
    rest = len(over) - NAMED
    return [*over[:NAMED], f"and {rest} more"] if rest > 0 else over


def _said(bound: int | None) -> str:
    return "Any number of" if bound is None else f"{bound}"
