"""The way to Stripe's pages: who went there, from where, having accepted what; and that two clicks are one visit."""

import hashlib
from datetime import timedelta
from io import StringIO
from itertools import product

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import KnownDevice
from billing.entitlements.models import Entitlement
from billing.entitlements.verbs import freeze
from billing.processor import operations
from billing.processor.accounts import customer_id
from billing.processor.models import PaymentOperation
from billing.subscriptions import legal
from billing.subscriptions.management.commands import settle_plans
from billing.subscriptions.models import CheckoutVisit
from tenants.models import Membership
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.billing.subscriptions.conftest import *  # noqa: F403 (fixtures)
from tests.billing.subscriptions.conftest import Customer, choice
from tests.committed import *  # noqa: F403 (fixtures)
from tests.committed import new_owner
from tests.people import found, join, new_client, passkey_of

DIGESTS = {
    ("cancellation", "2026-11-01"): "529fd9bc256cfc516dd38960f062deaebd8430255f9b3663862857084eba353c",
    ("refunds", "2026-11-01"): "dbc3bfd570579430046aa88fda96a99c831c2d4dad176e552f6bdc446f2c3571",
    ("terms", "2026-11-01"): "9d57c0ec3191ebcf272382f6b02a6500bccd61f810a5445db064579fd89d4840",
    ("terms", "2026-11-30"): "29aceeedcb1515171e3ba7e0413df5af9a487aa63083ed3d200079dec76fd4aa",
}
"""A text that people accepted never changes: a new one gets a new version."""


def _visits(customer: Customer) -> list[CheckoutVisit]:
    with org_scope(customer.person.organization.id):
        return list(CheckoutVisit.objects.all())


@pytest.mark.django_db
def test_a_visit_holds_what_a_dispute_asks_for(acme: Customer) -> None:
    _, address = acme.choose("team")
    (visit,) = _visits(acme)
    assert address.startswith(acme.peer.sandbox.url)
    assert address.endswith(visit.session_id)
    assert (visit.email, visit.address, visit.purpose) == (acme.person.user.email, "127.0.0.1", "trial")
    assert (visit.terms_version, visit.cancellation_version) == ("2026-11-30", "2026-11-01")


@pytest.mark.django_db
def test_the_browser_of_a_visit_is_the_one_that_signed_in(acme: Customer) -> None:
    page = reverse("account_login")
    acme.browser.logout()
    acme.browser.post(page, {"login": acme.person.user.email, "password": "correct-horse-battery-staple"})
    acme.browser.force_login(acme.person.user, "allauth.account.auth_backends.AuthenticationBackend")
    acme.browser.prove(acme.person.user, passkey_of(acme.person.user))
    acme.choose("team")
    known = {bytes(each.hash).hex() for each in KnownDevice.objects.filter(user=acme.person.user)}
    assert {_visits(acme)[0].device_hash} <= known | {""}


@pytest.mark.django_db
def test_b06_two_clicks_are_one_visit_and_one_session(acme: Customer) -> None:
    first, second = acme.choose("team"), acme.choose("team")
    assert first == second
    assert len(_visits(acme)) == 1
    assert len(acme.peer.v1.checkout.sessions.list().data) == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("impatient")
def test_a_checkout_whose_answer_was_lost_a_day_ago_is_opened_anew(acme: Customer) -> None:
    with org_scope(acme.person.organization.id):
        customer_id()
    acme.peer.sandbox.chaos.set({"lose": 1})
    assert acme.choose("team")[1] == "/plan/"
    with org_scope(acme.person.organization.id):
        asked = PaymentOperation.objects.filter(kind="checkout")
        operations._apart(lambda: asked.update(sent_at=timezone.now() - timedelta(hours=24)))  # committed, as it is
    first, second = acme.choose("team")[1], acme.choose("team")[1]
    assert first.startswith(acme.peer.sandbox.url)
    assert first == second


@pytest.mark.django_db
def test_another_choice_closes_the_checkout_before_it(acme: Customer) -> None:
    acme.choose("team")
    acme.choose("business")
    acme.choose("team")
    assert [visit.plan.code for visit in _visits(acme)] == ["team", "business", "team"]
    assert [each.status for each in acme.peer.v1.checkout.sessions.list().data] == ["open", "expired", "expired"]


@pytest.mark.django_db
def test_nothing_is_ordered_without_accepting_the_terms(acme: Customer) -> None:
    page = acme.browser.get(choice("team")).content.decode()
    offer = page.partition('name="offer" value="')[2].partition('"')[0]
    refused = acme.browser.post(choice("team"), {"offer": offer})
    assert refused.status_code == 422
    assert "Accept the terms to go on." in refused.content.decode()
    assert (_visits(acme), acme.peer.v1.checkout.sessions.list().data) == ([], [])


@pytest.mark.django_db
def test_who_has_a_subscription_is_not_sold_a_second_one(acme: Customer) -> None:
    page = acme.browser.get(choice("team")).content.decode()
    offer = page.partition('name="offer" value="')[2].partition('"')[0]
    acme.pay(acme.choose("team")[1])
    acme.peer.deliver()
    acme.browser.post(choice("team"), {"offer": offer, "accept": "on"})
    assert len(acme.peer.v1.subscriptions.list().data) == 1
    assert len(acme.peer.v1.checkout.sessions.list().data) == 1


@pytest.mark.django_db
def test_a_frozen_organisation_is_sold_nothing(acme: Customer) -> None:
    with org_scope(acme.person.organization.id):
        freeze("dispute:dp_1", "A payment is disputed.")
    acme.choose("team")
    assert (_visits(acme), acme.peer.v1.checkout.sessions.list().data) == ([], [])


@pytest.mark.django_db
def test_who_has_bought_what_is_not_heard_of_yet_is_not_sold_a_second_one(acme: Customer) -> None:
    acme.pay(acme.choose("team")[1])
    assert acme.choose("business") == (302, "/plan/")
    assert "You have subscribed already" in acme.get("plan")
    acme.peer.deliver()
    assert acme.stripe_plan() == "team"
    assert len(acme.peer.v1.checkout.sessions.list().data) == 1


@pytest.mark.django_db
def test_two_subscriptions_of_one_organisation_are_an_error_in_the_log(
    acme: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    acme.pay(acme.choose("team")[1])
    acme.peer.deliver()
    first = acme.peer.v1.subscriptions.list().data[0]
    assert "more than one subscription" not in caplog.text
    items = [{"price": first["items"].data[0].price.id}]
    method = first.default_payment_method
    acme.peer.v1.subscriptions.create({"customer": first.customer, "items": items, "default_payment_method": method})
    acme.peer.deliver()
    assert "more than one subscription" in caplog.text


@pytest.mark.django_db
def test_who_comes_back_without_buying_is_told_that_nothing_was_bought(acme: Customer) -> None:
    acme.choose("team")
    page = acme.browser.get(reverse("checkout_cancelled"), follow=True).content.decode()
    assert "Nothing was bought." in page
    assert acme.plan() == "free"


@pytest.mark.django_db
def test_the_portal_is_the_organisations_own(acme: Customer) -> None:
    address = acme.post("plan_portal")
    assert address.startswith(f"{acme.peer.sandbox.url}/portal/")


@pytest.mark.django_db
def test_a_payment_provider_that_does_not_answer_is_said_to_be(acme: Customer) -> None:
    acme.peer.sandbox.stop()
    page = acme.browser.post(reverse("plan_portal"), follow=True).content.decode()
    assert "The payment provider did not answer" in page


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "name"), list(product(Role, ["plan", "plan_cancel"])))
def test_owners_and_finance_act_and_admins_look(acme: Customer, role: Role, name: str) -> None:
    person = acme.person if role is Role.OWNER else join(acme.person.organization, "p@acme.example", "Pat", role)
    send = person.browser().get if name == "plan" else person.browser().post
    acts = {Role.OWNER, Role.FINANCE}
    assert (send(reverse(name)).status_code != 403) == (role in acts | ({Role.ADMIN} if name == "plan" else set()))


def test_a_text_that_was_accepted_never_changes() -> None:
    found = {(name, version) for name in legal.TITLES for version in legal.versions(name)}
    assert found == set(DIGESTS)
    for (name, version), digest in DIGESTS.items():
        document = legal.find(name, version)
        assert document is not None
        assert hashlib.sha256(document.text.encode()).hexdigest() == digest


@pytest.mark.django_db
@pytest.mark.parametrize("name", legal.TITLES)
def test_anybody_reads_the_texts_of_any_version(name: str) -> None:
    browser = new_client()
    assert legal.TITLES[name] in browser.get(f"/legal/{name}").content.decode()
    assert browser.get(f"/legal/{name}?version={legal.present(name).version}").status_code == 200
    assert browser.get(f"/legal/{name}?version=2020-01-01").status_code == 404
    assert browser.get("/legal/other").status_code == 404


def test_organisations_from_before_plans_come_onto_the_free_one(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = new_owner()
    monkeypatch.setattr(settle_plans, "organization_ids", lambda: [owner.organization.id])
    call_command("settle_plans", stdout=StringIO())
    with org_scope(owner.organization.id):
        assert Entitlement.objects.get().plan == "free"


@pytest.mark.django_db
def test_a_new_organisation_is_on_the_free_plan(db: None) -> None:
    olga = found("o@new.example", "Olga", "New", limits=None)
    with org_scope(olga.organization.id):
        assert Membership.objects.count() == 1
        organization = type(olga.organization).objects.get()
    assert (organization.seats, organization.retention_days) == (3, 30)
