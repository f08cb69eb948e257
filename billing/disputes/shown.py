"""Disputes as the desk and the tenant see them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat, TruncDate

from audit import holds
from audit.models import Decision, LegalHold
from billing.disputes.forms import DisputeFilter
from billing.disputes.models import Debt, DisputeCase, FraudWarning, Proposal
from billing.disputes.proposals import is_possible
from billing.disputes.states import OPEN, OVER, SENT, State
from billing.entitlements.models import Freeze
from billing.payments.models import ChargeState, InvoiceState
from billing.refunds.models import Refund
from tenants.guard import Grant
from tenants.permissions import Permission

GROUPS = {"open": OPEN, "sent": SENT, "over": OVER}
MOST_DAYS = 30
"""Days of use that the timeline of a case shows, the latest before the dispute."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline: what happened, to the payment, in the service, or to the case."""

    at: datetime
    icon: str
    what: str
    who: str = ""
    numbers: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """A case with what hangs on it."""

    case: DisputeCase
    charge: ChargeState | None
    invoice: InvoiceState | None
    freeze: Freeze | None
    hold: LegalHold | None
    debt: Debt | None
    proposals: list[Proposal]
    timeline: list[Moment] = field(default_factory=list)
    possible: tuple[str, ...] = ()

    @property
    def undecided(self) -> list[Proposal]:
        """Return what waits for somebody's decision."""
        return [one for one in self.proposals if not one.outcome]


def board(rows: "QuerySet[DisputeCase]", freezes: "QuerySet[Freeze]", form: DisputeFilter) -> "QuerySet[DisputeCase]":
    """Return the cases that a filter leaves, each with `is_frozen`; none where it makes no sense."""
    cause = Concat(Value("dispute:"), OuterRef("stripe_id"))
    frozen = Exists(freezes.filter(org_id=OuterRef("org_id"), cause=cause, lifted_at=None))
    rows = rows.select_related("org").annotate(is_frozen=frozen)
    if not form.is_valid():
        return rows.none()
    wanted = form.cleaned_data
    if states := GROUPS.get(wanted["stands"]):
        rows = rows.filter(state__in=states)
    if wanted["case_type"]:
        rows = rows.filter(case_type=wanted["case_type"])
    if wanted["reason"]:
        rows = rows.filter(reason__icontains=wanted["reason"].strip().replace(" ", "_"))
    if wanted["frozen"]:
        rows = rows.filter(is_frozen=wanted["frozen"] == "yes")
    return rows


def warnings(
    rows: "QuerySet[FraudWarning]", charges: "QuerySet[ChargeState]", refunds: "QuerySet[Refund]"
) -> "QuerySet[FraudWarning]":
    """Return warnings, each with its charge's `charge_row` and the `refund_id` of the last refund somebody proposed."""
    same_org = {"org_id": OuterRef("org_id")}
    charge = charges.filter(**same_org, stripe_id=OuterRef("charge_id"))
    refund = refunds.filter(**same_org, charge__stripe_id=OuterRef("charge_id")).order_by("-proposed_at")
    ids = {"charge_row": Subquery(charge.values("pk")[:1]), "refund_id": Subquery(refund.values("pk")[:1])}
    return rows.select_related("org").annotate(**ids)


def detail(grant: Grant, case: DisputeCase) -> Detail:
    """Return a case of the open organisation with what hangs on it."""
    grant.must_be(Permission.DISPUTES_READ)
    charge = ChargeState.objects.filter(stripe_id=case.charge_id).first()
    by_charge = Q(charge_id=case.charge_id)
    if charge is not None and charge.invoice_id:
        by_charge |= Q(stripe_id=charge.invoice_id)
    invoice = InvoiceState.objects.filter(by_charge).first()
    return Detail(
        case=case,
        charge=charge,
        invoice=invoice,
        freeze=Freeze.objects.filter(cause=case.cause).order_by("-opened_at").first(),
        hold=holds.of(case.cause),
        debt=Debt.objects.filter(case=case).first(),
        proposals=list(case.proposals.all()),
        timeline=sorted([*_payment(charge, invoice), *_use(case), *_steps(case)], key=lambda one: one.at),
        possible=tuple(kind.value for kind in Proposal.Kind if is_possible(case, kind)),
    )


def standing() -> dict[str, Any]:
    """Return what a frozen organisation's people are told: its freezes, the cases behind them, and what is owed."""
    freezes = list(Freeze.objects.filter(lifted_at=None))
    causes = {freeze.cause for freeze in freezes}
    return {
        "freezes": [freeze for freeze in freezes if not freeze.pauses],
        "pauses": [freeze for freeze in freezes if freeze.pauses],
        "cases": DisputeCase.objects.exclude(state__in=OVER),
        "rotates": any(case.cause in causes for case in DisputeCase.objects.filter(state=State.LOST)),
        "debts": Debt.objects.filter(paid_at=None, void_at=None).select_related("case"),
    }


def _payment(charge: ChargeState | None, invoice: InvoiceState | None) -> Iterator[Moment]:
    if invoice is not None:
        yield Moment(invoice.finalized_at or invoice.created_at, "receipt", f"Invoice {invoice} was issued.")
        if invoice.paid_at:
            yield Moment(invoice.paid_at, "circle-check", f"Invoice {invoice} was paid.")
    if charge is not None:
        card = f"{charge.card_brand} ending in {charge.card_last4}" if charge.card_last4 else "the payment method"
        secure = f", 3-D Secure: {charge.three_d_secure.replace('_', ' ')}" if charge.three_d_secure else ""
        yield Moment(
            charge.captured_at or charge.created_at, "credit-card", f"{card.capitalize()} was charged{secure}."
        )


def _use(case: DisputeCase) -> Iterator[Moment]:
    """Yield what programs asked of the service, day by day, before and after the dispute."""
    since = case.opened_at - timedelta(days=MOST_DAYS)
    by_day = (
        Decision.objects.filter(created_at__gte=since, principal_kind__in=["api_key", "service"])
        .annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(all=Count("id"), refused=Count("id", filter=Q(action="deny")))
        .order_by("day")
    )
    for row in by_day:
        at = datetime.combine(row["day"], datetime.min.time(), case.opened_at.tzinfo)
        numbers = f"{row['all'] - row['refused']:,} let in, {row['refused']:,} refused"
        yield Moment(at, "activity", "Its programs used the service.", numbers=numbers)


def _steps(case: DisputeCase) -> Iterator[Moment]:
    icons = {"opened": "gavel", "frozen": "snowflake", "thawed": "sun", "held": "lock", "deadline": "alarm-clock"}
    for step in case.steps.all():
        moved = f"{step.before} → {step.after}".replace("_", " ") if step.before else ""
        yield Moment(step.at, icons.get(step.kind, "dot"), step.text, step.actor_label, moved)
