"""The desk's pages of charges and refunds, as two people of finance use them."""

import pytest
from django.contrib import admin
from django.test import RequestFactory

from audit.models import Decision
from billing.payments.models import ChargeState, InvoiceState
from billing.refunds.models import Refund
from tests.billing.refunds.conftest import NOTE, Counter
from tests.people import passkey_of


def _at(counter: Counter, refund: Refund, act: str = "") -> str:
    return f"/desk/refunds/{counter.org_id}/{refund.id}/{act}"


def _form(amount: str) -> dict[str, str]:
    return {"amount": amount, "reason": "requested_by_customer", "note": NOTE}


def test_from_a_charge_to_a_refund_that_is_made(counter: Counter) -> None:
    first, second = counter.first.browser(), counter.second.browser()
    found = first.get("/desk/charges/", {"find": counter.charge.stripe_id}).content.decode()
    detail = f"/desk/charges/{counter.org_id}/{counter.charge.id}/"
    assert detail in found
    assert "Propose refund" in first.get(detail).content.decode()
    assert first.post(f"{detail}refund/", _form("12.34")).status_code == 302
    refund = Refund.objects.get()
    assert refund.amount_cents == 1_234
    own, other = first.get(_at(counter, refund)).content.decode(), second.get(_at(counter, refund)).content.decode()
    assert ("Approve refund" in own, "Withdraw refund" in own) == (False, True)
    assert ("Approve refund" in other, "Withdraw refund" in other) == (True, False)
    assert second.post(_at(counter, refund, "approve/")).status_code == 302
    assert counter.send(refund).state == "done"
    assert "refunded" in second.get("/desk/refunds/", {"state": "done"}).content.decode()


@pytest.mark.parametrize("asked", [{"list": "charges", "shown": "nonsense"}, {"list": "refunds", "state": "nonsense"}])
def test_a_list_that_is_asked_for_nonsense_says_so(counter: Counter, asked: dict[str, str]) -> None:
    address = f"/desk/{asked.pop('list')}/"
    client = counter.first.browser()
    assert client.get(address).status_code == 200
    answer = client.get(address, asked)
    assert answer.status_code == 400
    assert "is not one of the available choices" in answer.content.decode()


def test_who_proposed_cannot_approve_by_sending_the_form(counter: Counter) -> None:
    refund = counter.proposed()
    client = counter.first.browser()
    assert "Somebody else" in client.post(_at(counter, refund, "approve/"), follow=True).content.decode()
    refund.refresh_from_db()
    assert refund.state == "proposed"


def test_approving_asks_for_a_fresh_passkey(counter: Counter) -> None:
    refund, client = counter.proposed(), counter.second.browser()
    client.prove(counter.second.user, passkey_of(counter.second.user), ago=3_600)
    answer = client.post(_at(counter, refund, "approve/"))
    assert "passkey" in (answer.headers.get("Location", "") + answer.content.decode())
    refund.refresh_from_db()
    assert refund.state == "proposed"


@pytest.mark.parametrize("amount", ["0", "-1", "1e9", "99.01", "0.001", "NaN", "１２", ""])
def test_b04_an_amount_that_is_none_or_too_much_is_refused(counter: Counter, amount: str) -> None:
    path = f"/desk/charges/{counter.org_id}/{counter.charge.id}/refund/"
    answer = counter.first.browser().post(path, _form(amount))
    assert (answer.status_code, Refund.objects.count()) in {(422, 0), (302, 1)}
    assert Refund.objects.filter(amount_cents__gt=counter.charge.amount_cents).count() == 0
    if amount != "１２":  # full-width digits are digits to Python, and mean what they show
        assert answer.status_code == 422


def test_a_charge_named_under_another_organisation_is_not_found(counter: Counter) -> None:
    path = f"/desk/charges/{'0' * 8}-0000-4000-8000-{'0' * 12}/{counter.charge.id}/"
    client = counter.first.browser()
    assert (client.get(path).status_code, client.post(f"{path}refund/", _form("1")).status_code) == (404, 404)


def test_the_tenant_has_on_record_who_of_the_staff_opened_its_charge(counter: Counter) -> None:
    detail = f"/desk/charges/{counter.org_id}/{counter.charge.id}/"
    assert counter.first.browser().get(detail).status_code == 200
    opened = Decision.objects.get(resource=f"chargestate/{counter.charge.id}")
    said = (opened.principal_kind, opened.principal_id, opened.permission, opened.action)
    assert said == ("operator", str(counter.first.user.pk), "payments:read", "allow")


def test_a_rejected_refund_is_not_made(counter: Counter) -> None:
    refund = counter.proposed()
    counter.second.browser().post(_at(counter, refund, "reject/"))
    assert counter.send(refund).state == "rejected"
    assert counter.at_stripe() == []


def test_operators_read_rows_without_addresses_and_change_nothing() -> None:
    request = RequestFactory().get("/")
    for model in (InvoiceState, ChargeState, Refund):
        page = admin.site._registry[model]
        assert not page.has_change_permission(request)
        assert not page.has_add_permission(request)
        assert not page.has_delete_permission(request)
        assert not {"hosted_url", "card_fingerprint_hash"} & set(page.list_display)
    assert "hosted_url" in (admin.site._registry[InvoiceState].exclude or ())
