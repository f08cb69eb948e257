"""An approved refund is made at Stripe once, whatever is lost, repeated or raced on the way (attack B06)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import stripe as sdk
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from audit.models import AuditEvent, OutboxMessage
from billing.payments.charges import record_charge
from billing.payments.fetching import fetch_charge
from billing.payments.invoices import record_invoice
from billing.processor.client import as_json
from billing.processor.models import PaymentOperation
from billing.processor.operations import OtherRequest, perform
from billing.refunds import sending
from billing.refunds.following import follow
from billing.refunds.models import Refund
from billing.refunds.verbs import approve, left_of
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.billing.refunds.conftest import PAID, Counter


def test_an_approved_refund_is_made_and_told(counter: Counter) -> None:
    refund = counter.send(counter.approved())
    assert (refund.state, counter.at_stripe(), counter.charge.refunded_cents) == ("done", [4_900], 4_900)
    assert refund.stripe_id.startswith("re_")
    assert left_of(counter.charge) == PAID - 4_900
    assert AuditEvent.objects.filter(event="refunds:refund:made").count() == 1
    assert OutboxMessage.objects.filter(topic="accounts.notice").exists()


def test_b06_a_message_that_comes_again_makes_no_second_refund(counter: Counter) -> None:
    refund = counter.approved()
    for _ in range(3):
        counter.send(refund)
    assert counter.at_stripe() == [4_900]


def test_b06_an_answer_that_is_lost_makes_no_second_refund(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    refund, create = counter.approved(), sending._create

    def lost(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401
        create(params, key)
        raise sdk.APIConnectionError("the answer was lost")  # type: ignore[no-untyped-call]  # the SDK's

    monkeypatch.setattr(sending, "_create", lost)
    with pytest.raises(sdk.APIConnectionError):
        counter.send(refund)
    refund.refresh_from_db()
    assert (refund.state, counter.at_stripe()) == ("approved", [4_900])
    monkeypatch.setattr(sending, "_create", create)
    assert counter.send(refund).state == "done"
    assert counter.at_stripe() == [4_900]


def test_b06_after_its_key_is_forgotten_the_refund_is_looked_for_and_not_made_again(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_b06_an_answer_that_is_lost_makes_no_second_refund(counter, monkeypatch)
    refund = Refund.objects.get()
    Refund.objects.filter(pk=refund.pk).update(state="approved", stripe_id="")
    long_ago = timezone.now() - timedelta(days=2)
    PaymentOperation.objects.filter(key=f"refund:{refund.id}").update(state="begun", sent_at=long_ago)
    counter.stripe.advance(2 * 86_400)
    assert counter.send(refund).state == "done"
    assert counter.at_stripe() == [4_900]


def test_b06_one_key_with_another_amount_is_refused(counter: Counter) -> None:
    refund = counter.send(counter.approved())
    params = {"charge": counter.charge.stripe_id, "amount": 1, "reason": "duplicate", "metadata": {}}
    with pytest.raises(OtherRequest):
        perform("refund", f"refund:{refund.id}", params, sending._create)
    assert counter.at_stripe() == [4_900]


def test_b06_two_who_approve_at_the_same_moment_make_one_refund(counter: Counter) -> None:
    refund = counter.proposed()

    def decide(_: int) -> str:
        try:
            with org_scope(counter.org_id), transaction.atomic():
                approve(counter.may(counter.second, Permission.REFUNDS_APPROVE), refund.id)
            return "approved"
        except ValidationError:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(decide, range(4))) == ["approved", "refused", "refused", "refused"]
    assert OutboxMessage.objects.filter(topic="refunds.send").count() == 1


def test_b06_two_who_propose_at_the_same_moment_stay_within_the_charge(counter: Counter) -> None:
    def ask(_: int) -> bool:
        try:
            with org_scope(counter.org_id), transaction.atomic():
                counter.proposed(6_000)
            return True
        except ValidationError:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(ask, range(4))) == 1


def test_a_refund_that_stripe_refuses_fails_and_gives_its_room_back(counter: Counter) -> None:
    refund = counter.approved(PAID)
    counter.stripe.v1.refunds.create({"charge": counter.charge.stripe_id})  # by hand, at Stripe
    counter.send(refund)
    assert (refund.state, refund.failure) == ("failed", "charge_already_refunded")
    assert counter.at_stripe() == [PAID]
    record_charge(fetch_charge(counter.charge.stripe_id))
    counter.charge.refresh_from_db()
    assert left_of(counter.charge) == 0


def test_a_refund_that_the_bank_sends_back_fails_after_it_was_done(counter: Counter) -> None:
    refund = counter.send(counter.approved())
    answer = as_json(counter.stripe.v1.refunds.retrieve(refund.stripe_id))
    follow(answer | {"status": "failed", "failure_reason": "lost_or_stolen_card"})
    follow(answer)  # an older object, later
    refund.refresh_from_db()
    assert (refund.state, refund.failure) == ("failed", "lost_or_stolen_card")


def test_a_refund_made_by_hand_at_stripe_is_not_taken_for_one_of_ours(counter: Counter) -> None:
    refund = counter.proposed()
    asked = {"charge": counter.charge.stripe_id, "amount": 100, "metadata": {"refund": str(refund.id)}}
    assert follow(as_json(counter.stripe.v1.refunds.create(asked))) is None
    refund.refresh_from_db()
    assert refund.state == "proposed"


@pytest.mark.parametrize("name", ["é" * 36, "z" * 36, "0" * 35, "", "-" * 36])
def test_a_refund_at_stripe_that_names_nothing_of_ours_is_nobodys(counter: Counter, name: str) -> None:
    """Whoever uses Stripe's dashboard writes what they like into its metadata."""
    assert follow({"id": "re_x", "status": "succeeded", "metadata": {"refund": name}}) is None


def test_the_tenant_sees_it_on_the_invoice(counter: Counter) -> None:
    v1 = counter.stripe.v1
    customer = v1.charges.retrieve(counter.charge.stripe_id).customer
    method = v1.payment_methods.list({"customer": customer}).data[0].id
    v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})
    draft = v1.invoices.create({"customer": customer}).id
    v1.invoice_items.create({"customer": customer, "amount": 5_000, "invoice": draft})
    v1.invoices.pay(draft)
    invoice = as_json(v1.invoices.retrieve(draft, {"expand": ["payments"]}))
    intent = v1.payment_intents.retrieve(invoice["payments"]["data"][0]["payment"]["payment_intent"])
    counter.charge = record_charge(fetch_charge(intent.latest_charge))
    row = record_invoice(invoice)
    counter.send(counter.approved(1_234))
    page = counter.owner.browser().get(f"/billing/invoices/{row.id}/").content.decode()
    assert "$12.34 USD refunded" in page
