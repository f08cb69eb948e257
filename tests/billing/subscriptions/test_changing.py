"""Another plan: larger at once, smaller at the end of the period; what was previewed is what is charged, once."""

import re

import pytest
import stripe as sdk
from django.urls import reverse

from audit.events import Event
from audit.models import AuditEvent
from billing.catalogue.models import Interval
from billing.catalogue.plans import plan
from billing.entitlements.verbs import freeze
from billing.processor.client import client
from billing.subscriptions import changing
from billing.subscriptions.losing import losses
from billing.subscriptions.models import SubscriptionState
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.billing.subscriptions.conftest import *  # noqa: F403 (fixtures)
from tests.billing.subscriptions.conftest import DAY, Customer, choice
from tests.people import Person, join

pytestmark = pytest.mark.django_db


@pytest.fixture
def paying(acme: Customer) -> Customer:
    """Acme on Team, paid for a month, half a month ago."""
    acme.pay(acme.choose("team")[1])
    acme.peer.advance(14 * DAY + 3_700)
    acme.peer.deliver()
    acme.peer.advance(15 * DAY)
    assert acme.row().status == "active"
    return acme


def _invoices(customer: Customer) -> list[int]:
    return [each.total for each in customer.peer.v1.invoices.list({"limit": 100}).data]


def test_an_upgrade_begins_at_once_and_charges_what_was_previewed(paying: Customer) -> None:
    page = paying.offered("business")
    said = re.search(r"Upgrade and pay \$([\d,.]+)", page)
    assert said is not None
    assert paying.choose("business") == (302, "/plan/")
    assert paying.plan() == "business"
    newest = paying.peer.v1.invoices.list().data[0]
    assert (newest.status, newest.billing_reason) == ("paid", "subscription_update")
    assert f"{newest.total / 100:,.2f}" == said[1]
    paying.peer.deliver()
    assert (paying.plan(), paying.stripe_plan()) == ("business", "business")


def test_an_upgrade_in_a_trial_charges_nothing_and_says_so(acme: Customer) -> None:
    acme.pay(acme.choose("team")[1])
    acme.peer.deliver()
    page = acme.offered("business")
    assert "your trial goes on, and nothing is charged" in page
    assert "Charged now" not in page
    acme.choose("business")
    assert (acme.row().status, acme.plan()) == ("trialing", "business")
    assert acme.peer.v1.charges.list().data == []


def test_b06_two_clicks_on_one_offer_are_one_upgrade(paying: Customer) -> None:
    before = len(_invoices(paying))
    address = choice("business")
    offer = re.search(r'name="offer" value="([^"]+)"', paying.browser.get(address).content.decode())
    assert offer is not None
    first = paying.browser.post(address, {"offer": offer[1]})
    second = paying.browser.post(address, {"offer": offer[1]})
    assert (first.status_code, second.status_code) == (302, 302)
    assert len(_invoices(paying)) == before + 1
    assert paying.plan() == "business"


def _ordered_in_vain(customer: Customer, trouble: str) -> None:
    """Order an upgrade to Business without an answer, and let the clock go on."""
    address = choice("business")
    offer = re.search(r'name="offer" value="([^"]+)"', customer.browser.get(address).content.decode())
    assert offer is not None
    customer.peer.sandbox.chaos.set({trouble: 1})
    customer.browser.post(address, {"offer": offer[1]})
    assert customer.stripe_plan() == "team", "nobody has heard of it"
    customer.peer.advance(60)


@pytest.mark.usefixtures("impatient")
def test_an_upgrade_that_stripe_never_heard_of_can_be_ordered_again(paying: Customer) -> None:
    _ordered_in_vain(paying, "miss")
    paying.choose("business")
    assert (paying.stripe_plan(), paying.plan()) == ("business", "business")


@pytest.mark.usefixtures("impatient")
def test_b06_an_upgrade_whose_answer_was_lost_is_charged_once(paying: Customer) -> None:
    before = len(_invoices(paying))
    _ordered_in_vain(paying, "lose")
    charged = sum(_invoices(paying)[: len(_invoices(paying)) - before])
    paying.choose("business")
    assert sum(_invoices(paying)[: len(_invoices(paying)) - before]) == charged > 0
    assert paying.plan() == "business"


def test_an_upgrade_is_in_the_record_though_stripe_cannot_be_asked_after_it(
    paying: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(stripe_id: str) -> None:
        raise sdk.APIConnectionError("no answer")  # type: ignore[no-untyped-call]  # the SDK's

    with monkeypatch.context() as patched:
        patched.setattr(changing, "look", silent)
        paying.choose("business")
    with org_scope(paying.person.organization.id):
        assert AuditEvent.objects.filter(event=Event.PLAN_UPGRADED).count() == 1
    paying.peer.deliver()
    assert paying.plan() == "business"


def test_b03_an_upgrade_that_is_not_paid_opens_nothing_more(paying: Customer) -> None:
    customer = paying.peer.v1.subscriptions.list().data[0].customer
    paying.peer.simulate("decline", customer=customer, times=5)
    paying.choose("business")
    assert paying.row().status == "past_due"
    assert (paying.stripe_plan(), paying.plan()) == ("business", "team")
    paying.peer.deliver()
    assert paying.plan() == "team"
    assert "A payment is due" in paying.get("plan")
    assert paying.browser.get(choice("enterprise")).status_code in {200, 302}


def test_a_smaller_plan_begins_when_the_period_ends(paying: Customer) -> None:
    paying.choose("business")
    paying.peer.deliver()
    assert paying.choose("team") == (302, "/plan/")
    assert (paying.stripe_plan(), paying.next_plan(), paying.plan()) == ("business", "team", "business")
    assert "Team begins" in paying.get("plan")
    paying.peer.advance(17 * DAY)
    paying.peer.deliver()
    assert (paying.stripe_plan(), paying.row().next_plan, paying.plan()) == ("team", None, "team")


def test_a_planned_smaller_plan_can_be_undone(paying: Customer) -> None:
    paying.choose("business")
    paying.choose("team")
    paying.post("plan_keep")
    assert paying.row().next_plan is None
    paying.peer.advance(17 * DAY)
    paying.peer.deliver()
    assert paying.plan() == "business"


def test_a_smaller_plan_can_be_planned_again_after_it_was_undone(paying: Customer) -> None:
    paying.choose("business")
    for _ in range(2):
        paying.choose("team")
        assert paying.next_plan() == "team"
        paying.post("plan_keep")


def test_what_is_lost_is_said_by_name_before_it_is(paying: Customer) -> None:
    paying.choose("business")
    for number in range(16):
        join(paying.person.organization, f"m{number}@acme.example", f"Member {number}", Role.VIEWER)
    page = paying.offered("team")
    assert "100 seats become 15." in page
    assert "Member 14, Member 15" in page
    assert "Decisions are kept for 90 days, no longer for 365." in page
    with org_scope(paying.person.organization.id):
        texts = [loss.text for loss in losses(plan("business").limits, plan("free"))]
    assert any("Any model becomes 6 models" in text for text in texts)


def test_a_cancelled_plan_stays_until_its_end_and_can_be_taken_back(paying: Customer) -> None:
    paying.post("plan_cancel")
    assert (paying.row().cancel_at_period_end, paying.plan()) == (True, "team")
    paying.post("plan_resume")
    assert not paying.row().cancel_at_period_end
    paying.post("plan_cancel")
    paying.peer.advance(17 * DAY)
    paying.peer.deliver()
    assert paying.plan() == "free"
    with org_scope(paying.person.organization.id):
        assert SubscriptionState.objects.get().status == "canceled"
    assert paying.choose("team")[0] == 302


def test_a_year_in_the_place_of_a_month_begins_at_once(paying: Customer) -> None:
    paying.choose("team", Interval.YEAR)
    assert paying.row().interval == "year"
    paying.choose("team", Interval.MONTH)
    assert (paying.row().interval, paying.row().next_interval) == ("year", "month")


@pytest.mark.parametrize(
    "said",
    [
        {"price": "price_1", "unit_amount": "1"},
        {"quantity": "0", "currency": "jpy"},
        {"quantity": "-1"},
        {"amount": "NaN", "plan": "enterprise"},
        {"items[0][price]": "price_1", "items[0][quantity]": "٣"},
    ],
)
def test_b04_nothing_that_a_browser_adds_to_an_order_counts(paying: Customer, said: dict[str, str]) -> None:
    paying.choose("business", Interval.MONTH, **said)
    item = paying.peer.v1.subscriptions.list().data[0]["items"].data
    assert [(each.price.lookup_key, each.quantity) for each in item] == [("tidegate_business_v1_month", 1)]


@pytest.mark.parametrize(
    ("code", "interval"), [("free", "month"), ("gold", "month"), ("team", "week"), ("team", "MONTH"), ("", "")]
)
def test_b04_what_is_not_sold_is_not_found(acme: Customer, code: str, interval: str) -> None:
    address = choice(code, interval)
    assert acme.browser.get(address).status_code == 404
    assert acme.browser.post(address, {"offer": "x"}).status_code == 404


def test_b04_an_offer_is_good_for_what_it_says_and_whom_it_was_made_to(paying: Customer, eve: Person) -> None:
    address = choice("business")
    offer = re.search(r'name="offer" value="([^"]+)"', paying.browser.get(address).content.decode())
    assert offer is not None
    before = _invoices(paying)
    other = choice("enterprise")
    paying.browser.post(other, {"offer": offer[1]})
    paying.browser.post(address, {"offer": offer[1][:-2] + "xx"})
    eve.browser().post(address, {"offer": offer[1], "accept": "on"})
    assert _invoices(paying) == before
    assert paying.plan() == "team"


def test_a_price_that_is_none_of_ours_opens_the_free_plan(paying: Customer) -> None:
    subscription = paying.peer.v1.subscriptions.list().data[0]
    foreign = {"currency": "usd", "product": "tidegate_team", "recurring": {"interval": "month"}, "unit_amount": 1}
    price = client().v1.prices.create(foreign).id  # type: ignore[arg-type]  # plain JSON
    item = {"id": subscription["items"].data[0].id, "price": price}
    paying.peer.v1.subscriptions.update(subscription.id, {"items": [item]})
    paying.peer.deliver()
    assert (paying.row().plan, paying.plan()) == (None, "free")
    assert "none of our plans" in paying.get("plan")


def test_another_tenant_sees_and_changes_nothing(paying: Customer, eve: Person) -> None:
    browser = eve.browser()
    page = browser.get(reverse("plan")).content.decode()
    assert "ending in 4242" in paying.get("plan")
    assert "4242" not in page
    for name in ("plan_cancel", "plan_resume", "plan_keep", "plan_verify", "plan_give_up"):
        browser.post(reverse(name))
    assert (paying.row().cancel_at_period_end, paying.plan()) == (False, "team")


def test_b06_cancelling_twice_is_one_cancellation(paying: Customer) -> None:
    browsers = [paying.browser for _ in range(2)]
    answers = [browser.post(reverse("plan_cancel")).status_code for browser in browsers]
    assert answers == [302, 302]
    updated = [each for each in paying.peer.v1.events.list({"type": "customer.subscription.updated"}).data]
    ends = [each for each in updated if "cancel_at_period_end" in (each.data.previous_attributes or {})]
    assert len(ends) == 1


def test_a_frozen_organisation_is_sold_no_other_plan_and_cancels_all_the_same(paying: Customer) -> None:
    before = len(_invoices(paying))
    with org_scope(paying.person.organization.id):
        freeze("dispute:dp_1", "A payment is disputed.")
    paying.choose("business")
    assert (paying.plan(), paying.stripe_plan(), len(_invoices(paying))) == ("team", "team", before)
    paying.post("plan_cancel")
    assert paying.row().cancel_at_period_end
