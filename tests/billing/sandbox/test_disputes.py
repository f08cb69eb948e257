"""A dispute's life, its evidence and files, early fraud warnings."""

from typing import Any

import pytest
import stripe

from tests.billing.sandbox.conftest import START
from tests.billing.sandbox.shop import DAY, KEY, PDF, PNG, Shop, ask, document


def disputed(shop: Shop, card: str = "pm_card_createDispute") -> Any:  # noqa: ANN401 (an SDK object)
    asked = {"amount": 9_900, "confirm": True, "currency": "usd", "payment_method": card}
    intent = shop.v1.payment_intents.create(asked)
    return shop.v1.disputes.list({"payment_intent": intent.id}).data[0]


def upload(shop: Shop, data: bytes = PDF, name: str = "pack.pdf") -> Any:  # noqa: ANN401 (an SDK object)
    return shop.v1.files.create({"purpose": "dispute_evidence", "file": document(data, name)})


def test_a_dispute_takes_the_money_and_says_until_when_it_can_be_answered(shop: Shop) -> None:
    dispute = disputed(shop)
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 9_900)
    assert dispute.payment_method_details.card.case_type == "chargeback"
    assert dispute.evidence_details.due_by == START + 9 * DAY
    assert [(each.amount, each.fee, each.net) for each in dispute.balance_transactions] == [(-9_900, 1_500, -11_400)]
    assert shop.v1.charges.retrieve(dispute.charge).disputed
    assert shop.kinds()[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        shop.v1.refunds.create({"charge": dispute.charge})


@pytest.mark.parametrize(("said", "outcome"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_evidence_is_staged_then_submitted_once_and_decided(shop: Shop, said: str, outcome: str) -> None:
    dispute, pack = disputed(shop), upload(shop)
    evidence = {"uncategorized_text": said, "service_documentation": pack.id, "customer_name": "Ada"}
    staged = shop.v1.disputes.update(dispute.id, {"evidence": evidence, "submit": False})
    assert (staged.status, staged.evidence_details.submission_count) == ("needs_response", 0)
    assert staged.evidence_details.has_evidence
    assert staged.evidence.service_documentation == pack.id
    sent = shop.v1.disputes.update(dispute.id, {"submit": True})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.disputes.update(dispute.id, {"evidence": {"customer_name": "Bo"}, "submit": False})
    assert refused.value.code == "dispute_evidence_already_submitted"
    shop.control("clock", advance=60)
    final = shop.v1.disputes.retrieve(dispute.id)
    assert (final.status, final.evidence.customer_name) == (outcome, "Ada")
    back = [each.amount for each in final.balance_transactions]
    assert back == ([-9_900, 9_900] if outcome == "won" else [-9_900])
    assert shop.kinds()[-1] == "charge.dispute.closed"


def test_an_update_that_does_not_say_submits(shop: Shop) -> None:
    dispute = disputed(shop)
    sent = shop.v1.disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)


def test_metadata_alone_submits_nothing(shop: Shop) -> None:
    dispute = disputed(shop)
    changed = shop.v1.disputes.update(dispute.id, {"metadata": {"case": "7"}})
    assert (changed.status, changed.evidence_details.submission_count) == ("needs_response", 0)


@pytest.mark.parametrize(
    ("evidence", "param"),
    [
        ({"access_activity_log": "x" * 20_001}, "evidence[access_activity_log]"),
        ({"nonsense": "x"}, "evidence[nonsense]"),
        ({"receipt": "file_none"}, "evidence[receipt]"),
    ],
)
def test_evidence_beyond_the_limits_is_refused(shop: Shop, evidence: dict[str, str], param: str) -> None:
    dispute = disputed(shop)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.disputes.update(dispute.id, {"evidence": evidence, "submit": False})
    assert refused.value.param == param
    assert not shop.v1.disputes.retrieve(dispute.id).evidence_details.has_evidence


def test_all_texts_together_have_a_limit(shop: Shop) -> None:
    dispute = disputed(shop)
    names = [
        "access_activity_log",
        "cancellation_policy_disclosure",
        "cancellation_rebuttal",
        "duplicate_charge_explanation",
        "product_description",
        "refund_policy_disclosure",
        "refund_refusal_explanation",
        "uncategorized_text",
    ]
    evidence = dict.fromkeys(names[:7], "x" * 20_000)
    shop.v1.disputes.update(dispute.id, {"evidence": evidence, "submit": False})
    with pytest.raises(stripe.InvalidRequestError, match="at most 150000"):
        shop.v1.disputes.update(dispute.id, {"evidence": {names[7]: "x" * 10_001}, "submit": False})


def test_who_does_not_answer_in_time_has_lost(shop: Shop) -> None:
    dispute = disputed(shop)
    shop.later(9)
    late = shop.v1.disputes.retrieve(dispute.id)
    assert (late.status, late.evidence_details.past_due) == ("lost", True)
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}})


def test_a_dispute_can_be_accepted(shop: Shop) -> None:
    dispute = disputed(shop)
    assert shop.v1.disputes.close(dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.disputes.close(dispute.id)


def test_an_inquiry_takes_no_money_and_can_be_refunded(shop: Shop) -> None:
    dispute = disputed(shop, "pm_card_createDisputeInquiry")
    assert (dispute.status, dispute.balance_transactions) == ("warning_needs_response", [])
    assert dispute.is_charge_refundable
    assert shop.v1.refunds.create({"charge": dispute.charge}).status == "succeeded"
    sent = shop.v1.disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}})
    assert sent.status == "warning_under_review"
    shop.control("simulate", act="decide", dispute=dispute.id, outcome="won")
    assert shop.v1.disputes.retrieve(dispute.id).status == "warning_closed"


def test_every_reason_and_case_can_be_simulated(shop: Shop) -> None:
    customer = shop.customer()
    asked = {"amount": 700, "confirm": True, "currency": "usd", "customer": customer.id}
    paying = {**asked, "payment_method": customer.invoice_settings.default_payment_method}
    shop.v1.payment_intents.create(paying)
    made = shop.control("simulate", act="dispute", customer=customer.id, reason="noncompliant", case_type="compliance")
    assert (made["reason"], made["enhanced_eligibility_types"]) == ("noncompliant", ["visa_compliance"])
    charge = shop.v1.charges.retrieve(shop.v1.payment_intents.create(paying).latest_charge)
    prevented = shop.control("simulate", act="prevented", charge=charge.id)
    assert prevented["status"] == "prevented"
    assert shop.v1.disputes.retrieve(prevented["id"]).status == "prevented"


def test_a_fraudulent_chargeback_may_be_eligible_for_compelling_evidence(shop: Shop) -> None:
    dispute = disputed(shop)
    eligible = dispute.evidence_details.enhanced_eligibility.visa_compelling_evidence_3
    assert (eligible.status, len(eligible.required_actions)) == ("requires_action", 2)


def test_a_warning_comes_and_a_full_refund_answers_it(shop: Shop) -> None:
    asked = {"amount": 700, "confirm": True, "currency": "usd", "payment_method": "pm_card_createIssuerFraudRecord"}
    intent = shop.v1.payment_intents.create(asked)
    warning = shop.v1.radar.early_fraud_warnings.list({"payment_intent": intent.id}).data[0]
    assert (warning.actionable, warning.charge) == (True, intent.latest_charge)
    shop.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    assert shop.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable
    shop.v1.refunds.create({"payment_intent": intent.id})
    assert not shop.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable
    assert shop.kinds()[-1] == "radar.early_fraud_warning.updated"


@pytest.mark.parametrize(("data", "kind"), [(PDF, "pdf"), (PNG, "png"), (b"\xff\xd8\xff\xe0" + b"0" * 50, "jpg")])
def test_a_file_is_kept_as_it_came(shop: Shop, data: bytes, kind: str) -> None:
    made = upload(shop, data, "any.name")
    assert (made.size, made.type, made.filename) == (len(data), kind, "any.name")
    path = f"/v1/files/{made.id}/contents"
    assert ask(shop.sandbox, "GET", path, headers={"Authorization": f"Bearer {KEY}"})[2] == data
    assert ask(shop.sandbox, "GET", path)[0] == 401
    assert [each.id for each in shop.v1.files.list({"purpose": "dispute_evidence"}).data] == [made.id]


def test_files_of_another_kind_purpose_or_size_are_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as text:
        upload(shop, b"a text", "evidence.pdf")
    assert text.value.code == "invalid_file_type"
    with pytest.raises(stripe.InvalidRequestError) as large:
        upload(shop, PDF + b"0" * 5_000_000)
    assert large.value.code == "file_too_large"
    with pytest.raises(stripe.InvalidRequestError) as purpose:
        shop.v1.files.create({"purpose": "business_logo", "file": document(PNG, "logo.png")})
    assert purpose.value.param == "purpose"
