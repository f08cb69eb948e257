"""Plans, the subscription and what is used, as the pages show them."""

from collections.abc import Iterator
from dataclasses import dataclass

from billing.catalogue.models import Interval, PlanVersion
from billing.entitlements.limits import Limits
from billing.ledger.models import Budget
from billing.ledger.names import in_words
from billing.ledger.shown import shown
from billing.subscriptions.changing import is_upgrade
from billing.subscriptions.models import SubscriptionState
from tenants.models import Membership
from tenants.services.invitations import open_invitations

MODELS_NAMED = 3


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan on offer; `act` is what choosing it does, "" where it is the one that counts now."""

    plan: PlanVersion
    cents: int
    act: str

    @property
    def is_current(self) -> bool:
        """Tell whether it is the plan that counts now."""
        return not self.act


@dataclass(frozen=True, slots=True)
class Bar:
    """What is used of one limit this month, with the numbers of its bar; `of` is 0 where there is no bound."""

    label: str
    words: str
    used: float
    of: float


def cards(
    row: SubscriptionState | None, held: PlanVersion, interval: Interval, plans: list[PlanVersion]
) -> list[PlanCard]:
    """Return each plan as it can be chosen for an interval."""
    return [PlanCard(plan, plan.cents(interval), _act(row, held, plan, interval)) for plan in plans]


def _act(row: SubscriptionState | None, held: PlanVersion, plan: PlanVersion, interval: Interval) -> str:
    if row is None:
        return "subscribe" if plan.is_paid else ("" if held.code == plan.code else "free")
    if not plan.is_paid:
        return "cancel"
    if row.plan is not None and (row.plan.code, row.interval) == (plan.code, interval):
        return ""
    return "upgrade" if is_upgrade(row, plan, interval) else "downgrade"


def comparison(plans: list[PlanVersion]) -> list[tuple[str, list[str]]]:
    """Return the rows of the table that compares plans: what, and each plan's word for it."""
    rows = [
        ("Requests a month", [_bound(each.requests) for each in plans]),
        ("Tokens a month", [_bound(each.tokens) for each in plans]),
        ("Spending on models a month", [_dollars(each.spend_nanos) for each in plans]),
        ("Requests a minute", [_bound(each.requests_per_minute) for each in plans]),
        ("Seats", [_bound(each.seats) for each in plans]),
        ("Models", [_models(each.models_allowed) for each in plans]),
        ("Decisions are kept", [f"{each.retention_days:,} days" for each in plans]),
    ]
    words = dict.fromkeys(word for each in plans for word in each.features)
    return rows + [(word, ["Yes" if word in each.features else "—" for each in plans]) for word in words]


def bars(limits: Limits) -> Iterator[Bar]:
    """Yield what is used of each limit: of the month's quotas as the ledger counts them, and of the seats."""
    for budget in Budget.objects.filter(source=Budget.Source.PLAN, closed_at=None).order_by("unit"):
        one = shown(budget)
        yield Bar(f"{budget.get_unit_display()} this month", one.used_of, one.share_used, one.share_of)
    taken = Membership.objects.count() + open_invitations().count()
    of = limits.seats
    words = f"{taken} of {of} seats" if of else f"{taken} seats, without a bound"
    yield Bar("Members and open invitations", words, taken, of or 0)


def _bound(number: int | None) -> str:
    return "No bound" if number is None else f"{number:,}"


def _dollars(nanos: int | None) -> str:
    return "No bound" if nanos is None else in_words(nanos, Budget.Unit.NANOS)


def _models(names: list[str] | None) -> str:
    if names is None:
        return "All"
    rest = len(names) - MODELS_NAMED
    return ", ".join(names[:MODELS_NAMED]) + (f" and {rest} more" if rest > 0 else "")
