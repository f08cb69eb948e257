"""A committed organisation with a disputed charge, and what a pack is made of, planted with what must not leave."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from accounts.models import ApiKey
from audit.events import Event
from audit.models import AuditEvent
from audit.record import DecisionRow, record_in_transaction
from billing.catalogue.plans import plan
from billing.disputes.models import DisputeCase
from billing.evidence.facts import Said
from billing.evidence.models import EvidencePack
from billing.evidence.preparing import request_pack
from billing.evidence.tasks import work
from billing.ledger.models import UsageEvent
from billing.payments.models import ChargeState, InvoiceLine, InvoiceState
from billing.subscriptions import legal
from billing.subscriptions.models import CheckoutVisit
from tenants.guard import Grant
from tenants.permissions import Permission
from tenants.principal import Duty, Level, Principal, PrincipalKind
from tenants.scope import org_scope
from tests.billing.evidence.made import DEVICE
from tests.people import Person

OPENED = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Disputed:
    """The organisation, and its dispute."""

    owner: Person
    case: DisputeCase


def staff(name: str, person_id: str) -> Principal:
    """Return somebody of our own finance."""
    return Principal(
        kind=PrincipalKind.OPERATOR,
        id=person_id,
        org_id=None,
        label=name,
        level=Level.AAL3,
        fresh=True,
        duties=frozenset({Duty.FINANCE}),
    )


def grant_of(who: Principal, permission: Permission) -> Grant:
    """Return a grant as the desk makes it, without its record."""
    return Grant(who, permission, "dec_test")


PAULA = staff("Paula Preparer", "11111111-1111-4111-8111-111111111111")


def disputed(owner: Person, dispute: str = "dp_1", reason: str = "fraudulent", calls: int = 30) -> Disputed:
    """Give an organisation three monthly charges, use, and a dispute of the last one."""
    with org_scope(owner.organization.id):
        for number, days_ago in ((1, 200), (2, 160), (3, 20)):
            _went_to_pay(owner, number, days_ago)
            _paid(number, days_ago)
        ApiKey.objects.create(name="for bob.builder@other.example", scopes=["guard:check"], created_by=owner.user)
        for number in range(calls):
            _call(number)
        _signed_in(owner)
        case = DisputeCase.objects.create(
            stripe_id=dispute,
            charge_id="ch_3",
            case_type="chargeback",
            reason=reason,
            network_reason_code="10.4",
            card_brand="visa",
            status="needs_response",
            amount_cents=4900,
            currency="usd",
            due_at=timezone.now() + timedelta(days=9),
            state="drafting",
            opened_at=OPENED,
            heard_at=OPENED,
        )
    return Disputed(owner, case)


def more_calls(of: Disputed, count: int) -> None:
    """Let calls be written now, while a pack is being built."""
    with org_scope(of.owner.organization.id):
        for _ in range(count):
            _call(0, datetime.now(UTC))


def _went_to_pay(owner: Person, number: int, days_ago: int) -> None:
    accepted = {f"{name}_version": legal.present(name).version for name in legal.TITLES}
    CheckoutVisit.objects.create(
        number=number,
        purpose=CheckoutVisit.Purpose.SUBSCRIBE,
        plan=plan("team"),
        interval="month",
        at=OPENED - timedelta(days=days_ago, minutes=5),
        person_id=owner.user.pk,
        email=owner.user.email,
        address="203.0.113.7",
        device_hash=DEVICE,
        browser="Firefox on Linux",
        session_id=f"cs_{number}",
        **accepted,
    )


def _paid(number: int, days_ago: int) -> None:
    at = OPENED - timedelta(days=days_ago)
    shared = {"currency": "usd", "created_at": at}
    invoice = InvoiceState.objects.create(
        stripe_id=f"in_{number}",
        number=f"ACME-{number:04}",
        status="paid",
        total_cents=4900,
        paid_cents=4900,
        due_cents=4900,
        charge_id=f"ch_{number}",
        period_start=at,
        period_end=at + timedelta(days=30),
        attempt_count=1,
        auto_advance=True,
        finalized_at=at,
        paid_at=at,
        **shared,
    )
    InvoiceLine.objects.create(
        invoice=invoice,
        stripe_id=f"il_{number}",
        description="Team plan",
        amount_cents=4900,
        quantity=1,
        period_start=at,
        period_end=at + timedelta(days=30),
    )
    ChargeState.objects.create(
        stripe_id=f"ch_{number}",
        invoice_id=f"in_{number}",
        amount_cents=4900,
        refunded_cents=0,
        status="succeeded",
        captured_at=at,
        card_brand="visa",
        card_last4="4242",
        card_fingerprint_hash=DEVICE,
        network="visa",
        three_d_secure="authenticated",
        three_d_secure_eci="05",
        disputed=number == 3,
        description="Subscription creation",
        **shared,
    )


def _call(number: int, at: datetime | None = None) -> None:
    at = at or OPENED - timedelta(days=number % 15, minutes=number)
    key = ApiKey.objects.order_by("created_at").first()
    assert key is not None
    row = DecisionRow(
        org_id=key.org_id,
        principal_kind="api_key",
        principal_id=str(key.id),
        permission=Permission.GUARD_CHECK.value,
        resource="guard",
        action="allow",
        reason_codes=[],
        policy_version="v1",
        principal_label="Bob Builder",
        created_at=at,
        detail={"metadata": {"email": "carol@third.example", "card": "4242 4242 4242 4242"}},
    )
    decision_id = record_in_transaction(row)
    UsageEvent.objects.create(
        decision_id=decision_id,
        model="tidegate-guard",
        price_version="1",
        principal_kind="api_key",
        principal_id=row.principal_id,
        tokens_in=100,
        tokens_out=0,
        nanos=1_000_000,
        budgets=[],
        origin="settled",
        at=at,
    )


def _signed_in(owner: Person) -> None:
    event = {"event": Event.SIGNED_IN.value, "actor_kind": "person", "actor_id": str(owner.user.pk)}
    AuditEvent.objects.create(**event, actor_label="Olga", address="203.0.113.7")


def built(of: Disputed, said: Said | None = None, work_on: Callable[[str, str], object] = work) -> EvidencePack:
    """Have a pack built, and return it."""
    with org_scope(of.owner.organization.id):
        pack = request_pack(
            grant_of(PAULA, Permission.DISPUTES_PREPARE), of.case.id, said or Said(), as_of=timezone.now()
        )
        work_on(str(of.owner.organization.id), str(pack.id))
        found: EvidencePack = EvidencePack.objects.select_related("case").get(id=pack.id)
        return found
