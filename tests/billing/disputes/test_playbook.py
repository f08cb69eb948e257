"""What a dispute stops, what it holds, who hears of it, and how each kind of it ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from accounts.models import ApiKeySecret
from audit.models import AuditEvent, LegalHold, OutboxMessage
from audit.outbox import drain
from billing.disputes import cases, debts
from billing.disputes.models import Debt, DisputeCase, DisputeStep
from billing.disputes.states import Act, State
from billing.disputes.timeline import SYSTEM
from billing.entitlements.limits import Limits
from billing.entitlements.models import Entitlement, Freeze
from billing.entitlements.verbs import assign
from billing.ledger.models import Reservation
from tests.billing.disputes.conftest import Staff, Tenant
from tests.billing.ledger.conftest import held, make_budget

LIMITS = Limits(1000, None, None, 5, None, 90, 600)


def kinds() -> list[str]:
    return list(DisputeStep.objects.values_list("kind", flat=True))


def events() -> set[str]:
    return set(AuditEvent.objects.values_list("event", flat=True))


def subjects() -> list[str]:
    """Deliver what is owed; return the subjects of the mails."""
    mail.outbox.clear()
    while drain():
        pass
    return sorted(str(message.subject) for message in mail.outbox)


def test_a_chargeback_freezes_holds_and_tells(tenant: Tenant, fay: Staff) -> None:
    make_budget(tenant.owner)
    hold = held(tenant.owner)
    case = tenant.hears(tenant.disputes(reason="fraudulent"))
    assert (case.state, case.case_type, case.network_reason_code) == (State.CONTAINED, "chargeback", "10.4")
    assert (case.amount_cents, case.currency, case.submission_count) == (9_900, "usd", 0)
    assert case.due_at is not None
    assert timedelta(days=8) < case.due_at - datetime.now(UTC) <= timedelta(days=9)
    assert tenant.organization.standing == "frozen"
    assert Freeze.objects.get().cause == f"dispute:{case.stripe_id}"
    assert LegalHold.objects.get().since == tenant.organization.created_at
    assert Reservation.objects.get(id=hold).expires_at <= datetime.now(UTC), "the sweep ends it"
    assert kinds() == ["opened", "held", "frozen"]
    assert {"disputes:case:opened", "audit:hold:made", "entitlements:freeze:opened"} <= events()
    assert subjects() == [
        "Acme Rockets: a payment is disputed, and the organisation is frozen",
        "Chargeback about fraudulent: Acme Rockets",
    ]


def test_an_inquiry_holds_and_tells_and_freezes_nothing(tenant: Tenant, fay: Staff) -> None:
    case = tenant.hears(tenant.disputes(case_type="inquiry", reason="general"))
    assert (case.state, tenant.organization.standing) == (State.CONTAINED, "active")
    assert not Freeze.objects.exists()
    assert LegalHold.objects.count() == 1
    assert subjects() == ["Acme Rockets: a payment is disputed", "Inquiry about general: Acme Rockets"]


def test_an_inquiry_that_becomes_a_chargeback_freezes(tenant: Tenant) -> None:
    dispute = tenant.disputes(case_type="inquiry")
    case = tenant.hears(dispute)
    cases.do(case, Act.DRAFT, SYSTEM, "Begun.")
    escalate(tenant, dispute)
    again = tenant.hears(dispute)
    assert (again.state, again.case_type, tenant.organization.standing) == (State.CONTAINED, "chargeback", "frozen")
    assert "escalated" in kinds()


def escalate(tenant: Tenant, dispute: str) -> None:
    """Let the cardholder insist, which the simulated Stripe has no act for."""
    with tenant.stripe.sandbox.state.lock:
        row = tenant.stripe.sandbox.state.get("dispute", dispute)
        row["status"] = "needs_response"
        row["payment_method_details"]["card"]["case_type"] = "chargeback"


def test_a_compliance_case_freezes_and_says_that_it_costs(tenant: Tenant, fay: Staff) -> None:
    case = tenant.hears(tenant.disputes(case_type="compliance", reason="noncompliant"))
    assert (case.case_type, case.enhanced_types) == ("compliance", ["visa_compliance"])
    assert (case.fee_acknowledged_at, tenant.organization.standing) == (None, "frozen")
    subjects()
    assert any("network's fee" in str(message.body) for message in mail.outbox)


@pytest.mark.parametrize("times", [2, 5])
def test_b05_the_same_event_again_changes_nothing(tenant: Tenant, fay: Staff, times: int) -> None:
    dispute = tenant.disputes()
    for _ in range(times):
        tenant.hears(dispute, at=datetime(2026, 11, 29, tzinfo=UTC))
    assert kinds() == ["opened", "held", "frozen"]
    assert (DisputeCase.objects.count(), Freeze.objects.count(), LegalHold.objects.count()) == (1, 1, 1)
    assert len(subjects()) == 2


def test_b05_an_older_event_after_the_end_changes_nothing(tenant: Tenant) -> None:
    dispute = tenant.disputes()
    early = tenant.stripe.v1.disputes.retrieve(dispute).to_dict()
    then = datetime(2026, 11, 29, tzinfo=UTC)
    tenant.stripe.simulate("decide", dispute=dispute, outcome="won")
    assert tenant.hears(dispute, at=then + timedelta(hours=1)).state == State.WON
    case = cases.hear(early, then, "evt_old")
    assert (case.state, case.status) == (State.WON, "won")
    assert tenant.organization.standing == "active"
    assert not Freeze.objects.filter(lifted_at=None).exists()


def test_what_is_won_is_lifted_and_held_for_a_while(tenant: Tenant, fay: Staff) -> None:
    dispute = tenant.disputes()
    tenant.hears(dispute)
    subjects()
    case = tenant.decided(dispute, "won")
    assert (case.state, case.closed_at is not None) == (State.WON, True)
    assert tenant.organization.standing == "active"
    assert kinds()[-3:] == ["heard", "release", "thawed"]
    ends = LegalHold.objects.get().ends_at
    assert ends is not None
    assert ends > datetime.now(UTC) + timedelta(days=119)
    assert subjects() == ["Acme Rockets: the dispute is over", "Dispute won: Acme Rockets"]


def test_a_second_dispute_keeps_it_frozen(tenant: Tenant) -> None:
    first, second = tenant.disputes(), tenant.disputes()
    tenant.hears(first)
    tenant.hears(second)
    tenant.decided(first, "won")
    assert tenant.organization.standing == "frozen"
    assert Freeze.objects.get(lifted_at=None).cause == f"dispute:{second}"
    tenant.decided(second, "won")
    assert tenant.organization.standing == "active"


def test_what_is_lost_is_owed_and_frozen_until_it_is_paid(tenant: Tenant, fay: Staff) -> None:
    assign("team", 1, LIMITS)
    tenant.owner.key()
    dispute = tenant.disputes()
    tenant.hears(dispute)
    subjects()
    case = tenant.decided(dispute, "lost")
    debt = Debt.objects.get()
    assert (case.state, debt.amount_cents, debt.paid_at) == (State.LOST, 9_900, None)
    assert tenant.organization.standing == "frozen"
    assert Entitlement.objects.get().off == ["dispute_lost"]
    assert not ApiKeySecret.objects.filter(expires_at=None).exists()
    told = subjects()
    assert "Acme Rockets: what the bank took back is owed" in told
    debt.refresh_from_db()
    invoice = tenant.stripe.v1.invoices.retrieve(debt.invoice_id)
    assert (invoice.status, invoice.amount_due, invoice.auto_advance) == ("open", 9_900, False)
    assert debt.hosted_url == invoice.hosted_invoice_url
    debts.paid("in_of_something_else")
    assert tenant.organization.standing == "frozen"
    debts.paid(debt.invoice_id)
    debts.paid(debt.invoice_id)
    assert tenant.organization.standing == "active"
    assert kinds().count("paid") == 1
    assert "Acme Rockets: thank you, what was owed is paid" in subjects()


def test_b05_a_bank_that_changes_its_decision_is_followed_both_ways(tenant: Tenant) -> None:
    assign("team", 1, LIMITS)
    dispute = tenant.disputes()
    tenant.hears(dispute)
    tenant.decided(dispute, "lost")
    subjects()
    flip(tenant, dispute, "won")
    case = tenant.hears(dispute)
    assert (case.state, tenant.organization.standing) == (State.WON, "active")
    assert Debt.objects.get().void_at is not None
    subjects()
    assert tenant.stripe.v1.invoices.retrieve(Debt.objects.get().invoice_id).status == "void"
    flip(tenant, dispute, "lost")
    case = tenant.hears(dispute)
    assert (case.state, tenant.organization.standing) == (State.LOST, "frozen")
    assert Debt.objects.filter(void_at=None).count() == 1


def lost_and_invoiced(tenant: Tenant) -> Debt:
    dispute = tenant.disputes()
    tenant.hears(dispute)
    tenant.decided(dispute, "lost")
    subjects()
    found: Debt = Debt.objects.get()
    return found


def test_what_was_paid_for_a_dispute_that_is_won_after_all_is_for_the_desk_to_refund(
    tenant: Tenant, fay: Staff
) -> None:
    debt = lost_and_invoiced(tenant)
    debts.paid(debt.invoice_id)
    subjects()
    dispute = debt.case.stripe_id
    flip(tenant, dispute, "won")
    tenant.hears(dispute)
    debt.refresh_from_db()
    assert (debt.paid_at is not None, debt.void_at is not None, kinds().count("to_refund")) == (True, True, 1)
    assert "A debt that was paid has to be refunded: Acme Rockets" in subjects()
    assert any(debt.invoice_id in str(message.body) for message in mail.outbox)


def test_a_second_loss_owes_anew_and_is_paid_off(tenant: Tenant) -> None:
    debt = lost_and_invoiced(tenant)
    debts.paid(debt.invoice_id)
    dispute = debt.case.stripe_id
    for status in ("won", "lost"):
        flip(tenant, dispute, status)
        tenant.hears(dispute)
    subjects()
    second = Debt.objects.get(void_at=None)
    assert (second.id != debt.id, second.paid_at, tenant.organization.standing) == (True, None, "frozen")
    assert second.invoice_id not in {"", debt.invoice_id}
    debts.paid(second.invoice_id)
    assert tenant.organization.standing == "active"


def test_an_invoice_that_is_paid_before_it_could_be_void_is_for_the_desk_to_refund(tenant: Tenant, fay: Staff) -> None:
    debt = lost_and_invoiced(tenant)
    dispute = debt.case.stripe_id
    flip(tenant, dispute, "won")
    tenant.hears(dispute)
    tenant.stripe.v1.invoices.pay(debt.invoice_id, {"payment_method": "pm_card_visa"})
    debts.paid(debt.invoice_id)
    told = subjects()
    assert "A debt that was paid has to be refunded: Acme Rockets" in told
    assert "Acme Rockets: thank you, what was owed is paid" not in told
    assert not OutboxMessage.objects.filter(topic=debts.TOPIC, delivered_at=None).exists()


def flip(tenant: Tenant, dispute: str, status: str) -> None:
    with tenant.stripe.sandbox.state.lock:
        tenant.stripe.sandbox.state.get("dispute", dispute)["status"] = status


def test_an_inquiry_that_is_closed_leaves_nothing(tenant: Tenant) -> None:
    dispute = tenant.disputes(case_type="inquiry")
    tenant.hears(dispute)
    case = tenant.decided(dispute, "won")
    assert (case.state, tenant.organization.standing) == (State.WARNING_CLOSED, "active")
    assert not Debt.objects.exists()


def test_what_was_prevented_stops_nothing_and_is_told(tenant: Tenant, fay: Staff) -> None:
    made = tenant.stripe.simulate("prevented", charge=tenant.pays())
    case = tenant.hears(made["id"])
    assert (case.state, tenant.organization.standing) == (State.PREVENTED, "active")
    assert not Freeze.objects.exists()
    assert subjects() == ["Acme Rockets: the dispute is over", "Dispute prevented: Acme Rockets"]


def test_what_is_lost_when_we_first_hear_of_it_freezes_all_the_same(tenant: Tenant) -> None:
    dispute = tenant.disputes()
    tenant.stripe.simulate("decide", dispute=dispute, outcome="lost")
    case = tenant.hears(dispute)
    assert (case.state, tenant.organization.standing, Debt.objects.count()) == (State.LOST, "frozen", 1)


@pytest.mark.parametrize("act", [Act.STAGE, Act.SUBMIT])
def test_past_the_deadline_nothing_is_submitted(tenant: Tenant, act: Act) -> None:
    case = tenant.hears(tenant.disputes())
    states = {Act.STAGE: State.APPROVED, Act.SUBMIT: State.STAGED}
    DisputeCase.objects.update(state=states[act], due_at=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(cases.TooLate):
        cases.do(case, act, SYSTEM, "Too late.")
    assert DisputeCase.objects.get().state == states[act]


def test_a_status_that_nobody_knows_fails_the_event_and_changes_nothing(tenant: Tenant) -> None:
    dispute = tenant.disputes()
    made: dict[str, Any] = tenant.stripe.v1.disputes.retrieve(dispute).to_dict()
    with pytest.raises(ValueError, match="mystery"):
        cases.hear({**made, "status": "mystery"}, datetime.now(UTC), "evt_x")
    assert not DisputeCase.objects.exists()
    assert not OutboxMessage.objects.filter(topic="accounts.notice").exists()
