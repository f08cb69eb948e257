"""A refund needs two people, stays within what was paid, and is decided once."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import AuditEvent, OutboxMessage
from billing.payments.models import ChargeState
from billing.refunds.models import Refund
from billing.refunds.verbs import RefundRequest, approve, left_of, propose, reject, withdraw
from tenants.guard import NotGranted
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.billing.refunds.conftest import NOTE, PAID, Counter
from tests.committed import new_owner


def _owed() -> int:
    return OutboxMessage.objects.filter(topic="refunds.send").count()


def test_a_proposal_moves_nothing(counter: Counter) -> None:
    refund = counter.proposed()
    assert (refund.state, _owed(), counter.at_stripe()) == ("proposed", 0, [])
    event = AuditEvent.objects.get(event="refunds:refund:proposed")
    assert (event.actor_id, event.detail["amount_cents"]) == (str(counter.first.user.pk), 4_900)


def test_who_proposed_a_refund_cannot_decide_about_it(counter: Counter) -> None:
    refund = counter.proposed()
    for verb in (approve, reject):
        with pytest.raises(ValidationError, match="Somebody else"):
            verb(counter.may(counter.first, Permission.REFUNDS_APPROVE), refund.id)
    refund.refresh_from_db()
    assert (refund.state, _owed()) == ("proposed", 0)


def test_the_database_refuses_one_person_for_both(counter: Counter) -> None:
    refund = counter.proposed()
    for changes in ({"decider_id": refund.proposer_id}, {"state": "approved"}, {"state": "done"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Refund.objects.filter(pk=refund.pk).update(**changes, decided_at=timezone.now())


def test_another_person_approves_and_stripe_is_asked(counter: Counter) -> None:
    refund = counter.approved()
    assert (refund.state, refund.decider_id, _owed()) == ("approved", str(counter.second.user.pk), 1)


def test_a_decided_refund_is_not_decided_again(counter: Counter) -> None:
    refund = counter.approved()
    for verb in (approve, reject):
        with pytest.raises(ValidationError, match="decided"):
            verb(counter.may(counter.second, Permission.REFUNDS_APPROVE), refund.id)
    with pytest.raises(ValidationError, match="decided"):
        withdraw(counter.may(counter.first, Permission.REFUNDS_PROPOSE), refund.id)
    assert _owed() == 1


def test_only_who_proposed_withdraws(counter: Counter) -> None:
    refund = counter.proposed()
    with pytest.raises(ValidationError, match="Only who proposed"):
        withdraw(counter.may(counter.second, Permission.REFUNDS_PROPOSE), refund.id)
    assert withdraw(counter.may(counter.first, Permission.REFUNDS_PROPOSE), refund.id).state == "withdrawn"
    assert left_of(counter.charge) == PAID


@pytest.mark.parametrize("amount", [0, -1, PAID + 1, 10**18])
def test_an_amount_beyond_what_was_paid_is_refused(counter: Counter, amount: int) -> None:
    with pytest.raises(ValidationError):
        counter.proposed(amount)
    assert not Refund.objects.exists()


def test_parts_together_stay_within_what_was_paid(counter: Counter) -> None:
    counter.proposed(6_000)
    with pytest.raises(ValidationError):
        counter.proposed(PAID - 6_000 + 1, counter.second)
    counter.proposed(PAID - 6_000, counter.second)
    assert left_of(counter.charge) == 0


def test_a_failed_charge_has_nothing_to_refund(counter: Counter) -> None:
    ChargeState.objects.filter(pk=counter.charge.pk).update(status="failed")
    with pytest.raises(ValidationError, match="Nothing was paid"):
        counter.proposed()


def test_a_reason_is_one_of_stripes_and_a_note_is_there(counter: Counter) -> None:
    for reason, note in (("because", NOTE), ("duplicate", " ")):
        with pytest.raises(ValidationError):
            propose(
                counter.may(counter.first, Permission.REFUNDS_PROPOSE),
                RefundRequest(counter.charge.pk, 1, reason, note),
            )
    assert not Refund.objects.exists()


def test_a_verb_takes_its_own_grant_only(counter: Counter) -> None:
    refund = counter.proposed()
    for verb in (approve, reject):
        with pytest.raises(NotGranted):
            verb(counter.may(counter.second, Permission.REFUNDS_PROPOSE), refund.id)


def test_another_tenants_charge_cannot_be_refunded(counter: Counter) -> None:
    other = new_owner().organization.id
    grant = counter.first.may(Permission.REFUNDS_PROPOSE, other)
    with org_scope(other), pytest.raises(ChargeState.DoesNotExist):
        propose(grant, RefundRequest(counter.charge.pk, 1, "duplicate", NOTE))
