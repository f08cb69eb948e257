"""What cannot be undone, or lets a frozen tenant go on, is proposed by one of the desk and approved by another."""

import uuid
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import ApiKeySecret
from audit.models import AuditEvent
from audit.outbox import drain
from billing.disputes import cases, proposals
from billing.disputes.models import Debt, DisputeCase, Proposal
from billing.disputes.states import Act, State
from billing.disputes.timeline import SYSTEM
from billing.entitlements.models import Entitlement, Freeze
from tenants.guard import NotGranted, Refused
from tenants.permissions import Permission
from tests.billing.disputes.conftest import Staff, Tenant

ACCEPT, LIFT, FEE = Proposal.Kind.ACCEPT, Proposal.Kind.LIFT, Proposal.Kind.FEE


@pytest.fixture
def case(tenant: Tenant) -> DisputeCase:
    return tenant.hears(tenant.disputes())


def proposed(by: Staff, case: DisputeCase, kind: Proposal.Kind) -> Proposal:
    return proposals.propose(by.may(Permission.DISPUTES_PREPARE), case.id, kind, "The bank's letter came.")


def decided(by: Staff, proposal: Proposal, yes: bool = True) -> Proposal:
    return proposals.decide(by.may(Permission.DISPUTES_APPROVE), proposal.id, yes)


def test_a_freeze_is_lifted_by_hand_by_two(tenant: Tenant, case: DisputeCase, fay: Staff, ben: Staff) -> None:
    made = proposed(fay, case, LIFT)
    assert tenant.organization.standing == "frozen"
    done = decided(ben, made)
    assert (done.outcome, done.decider, done.done_at is not None) == ("approved", "Ben Books", True)
    assert tenant.organization.standing == "active"
    assert DisputeCase.objects.get().state == State.CONTAINED, "the dispute goes on"
    assert {"disputes:case:proposed", "disputes:case:decided"} <= set(
        AuditEvent.objects.values_list("event", flat=True)
    )


def test_nobody_approves_what_they_proposed(tenant: Tenant, case: DisputeCase, fay: Staff) -> None:
    made = proposed(fay, case, LIFT)
    with pytest.raises(ValidationError, match="Somebody else"):
        decided(fay, made)
    assert (tenant.organization.standing, Proposal.objects.get().outcome) == ("frozen", "")


def test_the_database_refuses_it_too(case: DisputeCase, fay: Staff) -> None:
    made = proposed(fay, case, LIFT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(id=made.id).update(
            outcome="approved", decider_id=made.proposer_id, decider="x", decided_at=made.proposed_at
        )


def test_approving_takes_a_passkey_that_was_just_used(case: DisputeCase, fay: Staff, ben: Staff) -> None:
    made = proposed(fay, case, ACCEPT)
    stale = Staff(replace(ben.principal, fresh=False))
    with pytest.raises(Refused):
        decided(stale, made)
    with pytest.raises(NotGranted):
        proposals.decide(ben.may(Permission.DISPUTES_PREPARE), made.id, True)
    assert Proposal.objects.get().outcome == ""


def test_a_dispute_is_accepted_at_stripe_by_two_and_once(
    tenant: Tenant, case: DisputeCase, fay: Staff, ben: Staff
) -> None:
    made = decided(ben, proposed(fay, case, ACCEPT))
    assert tenant.stripe.v1.disputes.retrieve(case.stripe_id).status == "needs_response", "only when it is committed"
    while drain():
        pass
    assert tenant.stripe.v1.disputes.retrieve(case.stripe_id).status == "lost"
    case.refresh_from_db()
    made.refresh_from_db()
    assert (case.state, made.done_at is not None) == (State.ACCEPTED, True)
    tenant.stripe.deliver()
    case.refresh_from_db()
    assert (case.state, tenant.organization.standing) == (State.ACCEPTED, "frozen")
    decided(ben, proposed(fay, case, LIFT))
    assert tenant.organization.standing == "active"


def test_what_stripe_refuses_to_accept_stays_as_it_is(
    tenant: Tenant, case: DisputeCase, fay: Staff, ben: Staff
) -> None:
    decided(ben, proposed(fay, case, ACCEPT))
    tenant.stripe.simulate("decide", dispute=case.stripe_id, outcome="won")
    while drain():
        pass
    case.refresh_from_db()
    assert case.state == State.CONTAINED
    assert case.steps.filter(kind="not_accepted").count() == 1
    assert tenant.hears(case.stripe_id).state == State.WON


def approved(case: DisputeCase, fay: Staff, ben: Staff) -> Proposal:
    return decided(ben, proposed(fay, case, ACCEPT))


def carry_out(proposal: Proposal) -> None:
    proposals.close_at_stripe(uuid.uuid4(), {"proposal": str(proposal.id)})


def is_accepted_and_nothing_more(tenant: Tenant, case: DisputeCase) -> None:
    """Accepting is not losing: two people chose it, and nobody chose what a loss takes away."""
    case.refresh_from_db()
    assert (case.state, tenant.organization.standing) == (State.ACCEPTED, "frozen")
    assert not Debt.objects.exists()
    assert not Entitlement.objects.exclude(off=[]).exists()
    assert ApiKeySecret.objects.filter(expires_at=None).exists()


def test_b05_stripes_word_of_an_accepted_dispute_is_no_loss_however_early_it_comes(
    tenant: Tenant, case: DisputeCase, fay: Staff, ben: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies between Stripe's close and our note of it, and the event is heard before the next one begins."""
    tenant.owner.key()
    made = approved(case, fay, ben)
    with monkeypatch.context() as dying:
        dying.setattr(proposals, "do", Mock(side_effect=InterruptedError))
        with pytest.raises(InterruptedError):
            carry_out(made)
    assert tenant.stripe.v1.disputes.retrieve(case.stripe_id).status == "lost"
    tenant.hears(case.stripe_id)
    is_accepted_and_nothing_more(tenant, case)
    carry_out(made)
    is_accepted_and_nothing_more(tenant, case)
    made.refresh_from_db()
    assert (made.done_at is not None, case.steps.filter(kind="not_accepted").exists()) == (True, False)


def test_b05_a_dispute_heard_as_lost_while_its_acceptance_waits_is_accepted(
    tenant: Tenant, case: DisputeCase, fay: Staff, ben: Staff
) -> None:
    tenant.owner.key()
    made = approved(case, fay, ben)
    tenant.decided(case.stripe_id, "lost")
    is_accepted_and_nothing_more(tenant, case)
    carry_out(made)
    made.refresh_from_db()
    assert (made.done_at is not None, case.steps.filter(kind="not_accepted").exists()) == (True, False)


def test_what_stripe_refused_to_accept_can_be_lost(tenant: Tenant, case: DisputeCase, fay: Staff, ben: Staff) -> None:
    made = approved(case, fay, ben)
    tenant.stripe.simulate("decide", dispute=case.stripe_id, outcome="lost")
    carry_out(made)
    assert case.steps.filter(kind="not_accepted").count() == 1
    assert tenant.hears(case.stripe_id).state == State.LOST


def test_what_was_answered_before_it_could_be_accepted_is_not_closed(
    tenant: Tenant, case: DisputeCase, fay: Staff, ben: Staff
) -> None:
    made = approved(case, fay, ben)
    DisputeCase.objects.update(state=State.SUBMITTED)
    carry_out(made)
    assert tenant.stripe.v1.disputes.retrieve(case.stripe_id).status == "needs_response"
    assert case.steps.filter(kind="not_accepted").count() == 1


@pytest.mark.parametrize(("case_type", "stays"), [("chargeback", True), ("inquiry", False)])
def test_the_desk_is_told_that_it_stays_frozen_where_it_is(
    tenant: Tenant, fay: Staff, ben: Staff, case_type: str, stays: bool
) -> None:
    case = tenant.hears(tenant.disputes(case_type=case_type))
    while drain():
        pass
    mail.outbox.clear()
    cases.do(case, Act.ACCEPT, SYSTEM, "Accepted.")
    while drain():
        pass
    [told] = [str(one.body) for one in mail.outbox if one.to == ["fay@tidegate.example"]]
    assert ("stays frozen until two people lift that" in told) == stays
    assert "We accepted" in told


def test_a_networks_fee_is_agreed_to_by_two(tenant: Tenant, fay: Staff, ben: Staff) -> None:
    case = tenant.hears(tenant.disputes(case_type="compliance", reason="noncompliant"))
    decided(ben, proposed(fay, case, FEE))
    case.refresh_from_db()
    assert case.fee_acknowledged_at is not None
    with pytest.raises(ValidationError):
        proposed(fay, case, FEE)


def test_a_refusal_does_nothing_and_ends_it(tenant: Tenant, case: DisputeCase, fay: Staff, ben: Staff) -> None:
    made = decided(ben, proposed(fay, case, LIFT), yes=False)
    assert (made.outcome, tenant.organization.standing) == ("refused", "frozen")
    with pytest.raises(ValidationError, match="already"):
        decided(ben, made)


def test_only_who_proposed_withdraws(case: DisputeCase, fay: Staff, ben: Staff) -> None:
    made = proposed(fay, case, LIFT)
    with pytest.raises(ValidationError):
        proposals.withdraw(ben.may(Permission.DISPUTES_PREPARE), made.id)
    assert proposals.withdraw(fay.may(Permission.DISPUTES_PREPARE), made.id).outcome == "withdrawn"


def test_one_proposal_of_a_kind_waits_at_a_time(case: DisputeCase, fay: Staff, ben: Staff) -> None:
    proposed(fay, case, LIFT)
    with pytest.raises(ValidationError, match="proposed already"):
        proposed(ben, case, LIFT)
    assert Proposal.objects.count() == 1


@pytest.mark.parametrize("why", ["", "   ", "x" * 301])
def test_a_proposal_says_why(case: DisputeCase, fay: Staff, why: str) -> None:
    with pytest.raises(ValidationError):
        proposals.propose(fay.may(Permission.DISPUTES_PREPARE), case.id, LIFT, why)
    assert not Proposal.objects.exists()


def test_what_is_over_or_not_frozen_offers_nothing(tenant: Tenant, case: DisputeCase, fay: Staff) -> None:
    tenant.decided(case.stripe_id, "won")
    assert not Freeze.objects.filter(lifted_at=None).exists()
    for kind in Proposal.Kind:
        with pytest.raises(ValidationError):
            proposed(fay, case, kind)


def test_the_end_of_a_case_withdraws_what_waits(tenant: Tenant, case: DisputeCase, fay: Staff, ben: Staff) -> None:
    made = proposed(fay, case, ACCEPT)
    tenant.decided(case.stripe_id, "won")
    made.refresh_from_db()
    assert made.outcome == "withdrawn"
    with pytest.raises(ValidationError):
        decided(ben, made)


@pytest.mark.parametrize("act", [Act.DRAFT, Act.BUILD, Act.APPROVE, Act.STAGE, Act.SUBMIT])
def test_a_case_goes_its_way_by_our_acts(case: DisputeCase, act: Act) -> None:
    way: list[Any] = [Act.DRAFT, Act.BUILD, Act.APPROVE, Act.STAGE, Act.SUBMIT]
    for each in way[: way.index(act) + 1]:
        case = cases.do(case, each, SYSTEM, f"{each.value} it.", manifest="abc")
    last = case.steps.filter(kind=act.value).get()
    assert (last.after, last.detail) == (case.state, {"manifest": "abc"})
