"""Plans at the Stripe sandbox, by the real SDK."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing.catalogue.models import Interval
from billing.catalogue.plans import plan
from billing.catalogue.stripe_prices import NotForSale, Synced, plan_of, price_id, sync
from tests.billing.peer import Peer, stripe  # noqa: F401 (a fixture)
from tests.billing.sandbox.conftest import *  # noqa: F403 (fixtures)
from tests.billing.sandbox.shop import Shop

pytestmark = pytest.mark.django_db


def test_each_sold_plan_has_a_product_and_a_price_for_each_interval(shop: Shop) -> None:
    assert sync(shop.client) == Synced(products=3, prices=6)
    made = shop.v1.prices.retrieve(price_id(shop.client, plan("team"), Interval.YEAR))
    assert (made.unit_amount, made.currency, made.recurring.interval) == (99_000, "usd", "year")
    assert shop.v1.products.retrieve(made.product).name == "Tidegate Team"


def test_a_second_time_nothing_is_made(shop: Shop) -> None:
    sync(shop.client)
    assert sync(shop.client) == Synced(products=0, prices=0)
    assert len(shop.v1.prices.list({"limit": 100}).data) == 6


def test_b04_a_price_that_says_something_else_sells_nothing(shop: Shop) -> None:
    team = plan("team")
    shop.v1.products.create({"id": "other", "name": "Other"})
    cheap = {"currency": "usd", "product": "other", "recurring": {"interval": "month"}, "unit_amount": 1}
    made = shop.v1.prices.create({**cheap, "lookup_key": team.lookup_key(Interval.MONTH)})
    with pytest.raises(NotForSale, match="tidegate_team_v1_month"):
        price_id(shop.client, team, Interval.MONTH)
    with pytest.raises(NotForSale, match="tidegate_team_v1_month"):
        sync(shop.client)
    assert plan_of(made.to_dict()) is None


def test_what_is_not_there_is_made_when_it_is_bought_first(shop: Shop) -> None:
    first = price_id(shop.client, plan("team"), Interval.MONTH)
    assert price_id(shop.client, plan("team"), Interval.MONTH) == first
    assert [each.unit_amount for each in shop.v1.prices.list().data] == [9_900]


def test_the_command_says_what_it_made(stripe: Peer) -> None:  # noqa: F811 (the fixture)
    said = StringIO()
    call_command("sync_catalogue", stdout=said)
    call_command("sync_catalogue", stdout=said)
    assert said.getvalue() == "3 products and 6 prices made.\n0 products and 0 prices made.\n"


def test_the_command_names_a_price_that_differs(stripe: Peer) -> None:  # noqa: F811 (the fixture)
    stripe.v1.products.create({"id": "other", "name": "Other"})
    cheap = {"currency": "usd", "product": "other", "recurring": {"interval": "month"}, "unit_amount": 1}
    stripe.v1.prices.create({**cheap, "lookup_key": "tidegate_team_v1_month"})
    with pytest.raises(CommandError, match="tidegate_team_v1_month says"):
        call_command("sync_catalogue")


def test_a_price_is_led_back_to_its_plan(shop: Shop) -> None:
    sync(shop.client)
    price = shop.v1.prices.retrieve(price_id(shop.client, plan("business"), Interval.MONTH))
    found = plan_of(price.to_dict())
    assert found is not None
    assert (found[0].code, found[1]) == ("business", Interval.MONTH)


def test_a_plan_that_is_renamed_is_renamed_at_stripe(shop: Shop) -> None:
    sync(shop.client)
    shop.v1.products.update("tidegate_team", {"name": "Something else"})
    assert sync(shop.client) == Synced(products=0, prices=0)
    assert shop.v1.products.retrieve("tidegate_team").name == "Tidegate Team"
