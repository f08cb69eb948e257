"""The desk's pages of disputes and warnings, and the page of a frozen tenant."""

import secrets
import uuid

import pytest
from django.urls import reverse

from audit.models import Decision
from audit.outbox import drain
from billing.disputes.models import Debt, DisputeCase, FraudWarning, Proposal
from billing.payments.models import ChargeState
from billing.refunds.models import Refund
from tenants.permissions import Role
from tests.billing.disputes.conftest import Tenant
from tests.committed import new_member
from tests.people import Staff, new_staff


def staff(name: str) -> Staff:
    return new_staff(f"{name}.{secrets.token_hex(4)}@tidegate.example", name.capitalize())


@pytest.fixture
def case(committed_tenant: Tenant) -> DisputeCase:
    return committed_tenant.hears(committed_tenant.disputes())


def url(name: str, case: DisputeCase, *more: uuid.UUID) -> str:
    return reverse(name, args=[case.org_id, case.id, *more])


def test_the_board_shows_every_tenants_cases_and_narrows_them(case: DisputeCase) -> None:
    fay = staff("fay").browser()
    board = fay.get(reverse("desk_disputes"), {"stands": "open", "frozen": "yes"})
    assert board.status_code == 200
    assert case.stripe_id in board.content.decode()
    for narrowed in ({"stands": "over"}, {"frozen": "no"}, {"reason": "no such"}, {"case_type": "inquiry"}):
        assert case.stripe_id not in fay.get(reverse("desk_disputes"), narrowed).content.decode()
    assert fay.get(reverse("desk_disputes"), {"stands": "nonsense"}).status_code == 400


def test_a_case_shows_payment_use_and_dispute_and_is_read_on_the_tenants_record(case: DisputeCase) -> None:
    page = staff("fay").browser().get(url("desk_dispute", case))
    text = page.content.decode()
    assert page.status_code == 200
    for said in (
        case.stripe_id,
        "Keys, services and tokens are refused",
        "Legal hold",
        "Lift the freeze",
        "Chargeback",
    ):
        assert said in text
    assert Decision.objects.filter(permission="disputes:read", principal_kind="operator").exists()


def test_two_people_lift_a_freeze_on_the_pages(committed_tenant: Tenant, case: DisputeCase) -> None:
    fay, ben = staff("fay").browser(), staff("ben").browser()
    fay.post(url("dispute_propose", case), {"kind": "lift", "why": "The bank's letter came."})
    proposal = Proposal.objects.get()
    own = fay.post(url("proposal_decide", case, proposal.id), {"decision": "approve"}, follow=True)
    assert "Somebody else has to decide" in own.content.decode()
    assert committed_tenant.organization.standing == "frozen"
    done = ben.post(url("proposal_decide", case, proposal.id), {"decision": "approve"}, follow=True)
    assert "Approved" in done.content.decode()
    assert committed_tenant.organization.standing == "active"


def test_a_proposal_without_a_reason_is_none(case: DisputeCase) -> None:
    fay = staff("fay").browser()
    answer = fay.post(url("dispute_propose", case), {"kind": "lift", "why": ""}, follow=True)
    assert "and why" in answer.content.decode()
    fay.post(url("dispute_propose", case), {"kind": "nonsense", "why": "x"})
    assert not Proposal.objects.exists()


def test_who_proposed_withdraws_on_the_page(case: DisputeCase) -> None:
    fay = staff("fay").browser()
    fay.post(url("dispute_propose", case), {"kind": "accept", "why": "The bank is right."})
    fay.post(url("proposal_withdraw", case, Proposal.objects.get().id))
    assert Proposal.objects.get().outcome == "withdrawn"


def test_a_case_under_another_tenants_address_is_not_there(case: DisputeCase) -> None:
    fay = staff("fay").browser()
    assert fay.get(reverse("desk_dispute", args=[uuid.uuid4(), case.id])).status_code == 404


def test_a_warning_is_kept_on_the_page(committed_tenant: Tenant) -> None:
    committed_tenant.stripe.simulate("warning", charge=committed_tenant.pays())
    committed_tenant.stripe.deliver()
    warning = FraudWarning.objects.get()
    fay = staff("fay").browser()
    assert warning.charge_id in fay.get(reverse("desk_warnings")).content.decode()
    fay.post(reverse("warning_keep", args=[warning.org_id, warning.id]))
    warning.refresh_from_db()
    assert (warning.outcome, committed_tenant.organization.standing) == ("kept", "active")


def test_a_warned_payment_is_refunded_by_two_people(committed_tenant: Tenant) -> None:
    committed_tenant.stripe.simulate("warning", charge=committed_tenant.pays())
    committed_tenant.stripe.deliver()
    warning = FraudWarning.objects.get()
    fay, ben = staff("fay").browser(), staff("ben").browser()
    charge = ChargeState.objects.get(stripe_id=warning.charge_id)
    form = f"{reverse('desk_refund_new', args=[warning.org_id, charge.id])}?reason=fraudulent"
    assert form in fay.get(reverse("desk_warnings")).content.decode()
    assert '<option value="fraudulent" selected>' in fay.get(form).content.decode()
    fay.post(form, {"amount": "99.00", "reason": "fraudulent", "note": f"The network warned: {warning.stripe_id}"})
    refund = Refund.objects.get()
    found = reverse("desk_refund", args=[warning.org_id, refund.id])
    assert found in fay.get(reverse("desk_warnings")).content.decode()
    assert committed_tenant.organization.standing == "paused", "one person's word is not enough"
    ben.post(reverse("desk_refund_approve", args=[warning.org_id, refund.id]))
    drain()
    committed_tenant.stripe.deliver()
    warning.refresh_from_db()
    assert (warning.outcome, committed_tenant.organization.standing) == ("refunded", "active")


def test_a_frozen_tenants_people_read_why_and_what_to_do(committed_tenant: Tenant, case: DisputeCase) -> None:
    owner = committed_tenant.owner.browser()
    text = owner.get(reverse("frozen")).content.decode()
    for said in ("has taken the money back", "BIL-FREEZE-001", "What you can do", case.stripe_id):
        assert said in text
    viewer = new_member(committed_tenant.owner, Role.VIEWER).browser().get(reverse("frozen")).content.decode()
    assert "has taken the money back" in viewer
    assert case.stripe_id not in viewer, "what is disputed is for those who look after money"
    assert owner.get(reverse("keys_list")).status_code == 200
    assert owner.get(reverse("key_create")).status_code == 403


def test_keys_are_said_to_work_again_only_where_they_do(committed_tenant: Tenant, case: DisputeCase) -> None:
    owner = committed_tenant.owner.browser()
    assert "keys work again once the freeze ends" in owner.get(reverse("frozen")).content.decode()
    committed_tenant.decided(case.stripe_id, "lost")
    text = owner.get(reverse("frozen")).content.decode()
    assert "keys work again once the freeze ends" not in text
    assert "each key has to be rotated before it works again" in text


def test_the_desk_reads_when_the_freeze_of_a_case_ends(committed_tenant: Tenant, case: DisputeCase) -> None:
    fay = staff("fay").browser()
    assert "It ends when the dispute is won" in fay.get(url("desk_dispute", case)).content.decode()
    committed_tenant.decided(case.stripe_id, "lost")
    assert "It ends once what is owed is paid" in fay.get(url("desk_dispute", case)).content.decode()
    DisputeCase.objects.update(state="accepted")
    assert "It ends when two people lift it" in fay.get(url("desk_dispute", case)).content.decode()


def test_the_desk_reads_why_a_case_froze_nothing(committed_tenant: Tenant) -> None:
    fay = staff("fay").browser()
    inquiry = committed_tenant.hears(committed_tenant.disputes(case_type="inquiry"))
    assert "an inquiry takes no money" in fay.get(url("desk_dispute", inquiry)).content.decode()
    made = committed_tenant.stripe.simulate("prevented", charge=committed_tenant.pays())
    text = fay.get(url("desk_dispute", committed_tenant.hears(made["id"]))).content.decode()
    assert "an inquiry takes no money" not in text
    assert "This case froze nothing: it was prevented." in text


def test_what_is_owed_is_paid_at_the_processors_page(committed_tenant: Tenant, case: DisputeCase) -> None:
    debt = Debt.objects.create(case=case, amount_cents=9_900, currency="usd")
    pay = reverse("debt_pay", args=[debt.id])
    owner = committed_tenant.owner.browser()
    assert owner.get(pay).status_code == 404, "it has no invoice yet"
    Debt.objects.update(hosted_url="https://pay.example/in_1", invoice_id="in_1")
    assert owner.get(pay).status_code == 404, "it is not the processor's"
    Debt.objects.update(hosted_url="https://invoice.stripe.com/i/in_1")
    assert owner.get(pay).headers["Location"] == "https://invoice.stripe.com/i/in_1"
    assert reverse("debt_pay", args=[debt.id]) in owner.get(reverse("frozen")).content.decode()
