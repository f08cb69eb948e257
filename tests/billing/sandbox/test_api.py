"""How the API is spoken to: keys, versions, parameters, errors, idempotency, pages of lists, expanding."""

import pytest
import stripe

from billing.sandbox.keys import restricted
from billing.sandbox.version import API_VERSION
from tests.billing.sandbox.shop import DAY, KEY, Shop, ask


def test_a_key_is_needed_and_no_other_key_is_taken(shop: Shop) -> None:
    assert ask(shop.sandbox, "GET", "/v1/customers")[0] == 401
    for key in ("sk_test_" + "1" * 32, "sk_live_" + "1" * 32, KEY + "x"):
        with pytest.raises(stripe.AuthenticationError) as refused:
            shop.v1.customers.list(options={"api_key": key})
        assert key not in str(refused.value)


def test_a_restricted_key_may_not_read_the_account(shop: Shop) -> None:
    options = {"api_key": restricted(KEY)}
    assert shop.v1.customers.list(options=options).data == []
    with pytest.raises(stripe.PermissionError):
        shop.v1.accounts.retrieve_current(options=options)


def test_the_version_comes_back_and_another_one_is_refused(shop: Shop) -> None:
    answer = shop.v1.accounts.retrieve_current().last_response
    assert answer.headers["Stripe-Version"] == API_VERSION
    assert answer.headers["Request-Id"].startswith("req_")
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version"):
        shop.v1.customers.list(options={"stripe_version": "2024-06-20"})


def test_another_host_name_is_refused(shop: Shop) -> None:
    assert ask(shop.sandbox, "GET", "/", headers={"Host": "rebound.example"})[0] == 421


def test_a_body_that_is_too_large_is_refused(shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Length": "99000000"}
    assert ask(shop.sandbox, "POST", "/v1/customers", headers=headers)[0] == 413


def test_what_is_not_there_and_what_is_not_simulated(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        shop.v1.customers.retrieve("cus_none")
    assert (missing.value.code, missing.value.http_status, missing.value.param) == ("resource_missing", 404, "id")
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        shop.v1.coupons.list()
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        shop.v1.customers.create({"shoe_size": 43})
    assert (unknown.value.code, unknown.value.param) == ("parameter_unknown", "shoe_size")
    assert shop.v1.customers.list().data == []


@pytest.mark.parametrize(
    ("asked", "param", "code"),
    [
        ({"currency": "usd"}, "amount", "parameter_missing"),
        ({"amount": 100}, "currency", "parameter_missing"),
        ({"amount": "ten", "currency": "usd"}, "amount", "parameter_invalid_integer"),
        ({"amount": -1, "currency": "usd"}, "amount", "parameter_invalid_integer"),
        ({"amount": 100, "currency": "usd", "metadata": {"k" * 41: "v"}}, "metadata", None),
        ({"amount": 100, "currency": "usd", "customer": "cus_none"}, "customer", "resource_missing"),
        ({"amount": 100, "currency": "usd", "payment_method": "pm_none"}, "payment_method", "resource_missing"),
        ({"amount": 100, "currency": "usd", "confirm": True}, "payment_method", "parameter_missing"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(shop: Shop, asked: object, param: str, code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.payment_intents.create(asked)
    assert (refused.value.param, refused.value.code) == (param, code)


@pytest.mark.parametrize("field", ["number", "token"])
def test_a_card_number_is_refused_and_not_repeated(shop: Shop, field: str) -> None:
    number = "4242" * 4
    with pytest.raises(stripe.CardError) as refused:
        shop.v1.payment_methods.create({"type": "card", "card": {field: number}})
    assert number not in str(refused.value.json_body)


def test_metadata_is_merged_and_an_empty_value_takes_a_key_away(shop: Shop) -> None:
    made = shop.v1.customers.create({"metadata": {"org": "1", "plan": "team"}})
    changed = shop.v1.customers.update(made.id, {"metadata": {"plan": "", "seats": "3"}})
    assert changed.metadata.to_dict() == {"org": "1", "seats": "3"}


def test_a_key_that_comes_again_gets_the_first_answer(shop: Shop) -> None:
    options = {"idempotency_key": "one"}
    first = shop.v1.customers.create({"email": "a@example.com"}, options)
    again = shop.v1.customers.create({"email": "a@example.com"}, options)
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(shop.v1.customers.list().data) == 1
    assert len(shop.events("customer.created")) == 1


def test_a_key_with_other_parameters_is_refused(shop: Shop) -> None:
    options = {"idempotency_key": "one"}
    shop.v1.customers.create({"email": "a@example.com"}, options)
    with pytest.raises(stripe.IdempotencyError):
        shop.v1.customers.create({"email": "b@example.com"}, options)
    with pytest.raises(stripe.IdempotencyError):
        shop.v1.products.create({"name": "x"}, options)
    assert len(shop.v1.customers.list().data) == 1


def test_a_key_is_forgotten_after_a_day(shop: Shop) -> None:
    options = {"idempotency_key": "one"}
    first = shop.v1.customers.create({}, options)
    shop.control("clock", advance=DAY - 1)
    assert shop.v1.customers.create({}, options).id == first.id
    shop.control("clock", advance=1)
    assert shop.v1.customers.create({}, options).id != first.id


def test_a_decline_is_remembered_and_nonsense_is_not(shop: Shop) -> None:
    options, asked = {"idempotency_key": "one"}, {"amount": 500, "currency": "usd", "confirm": True}
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_intents.create(asked, options)
    asked["payment_method"] = "pm_card_chargeCustomerFail"
    for _ in range(3):
        with pytest.raises(stripe.CardError):
            shop.v1.payment_intents.create(asked, options)
    assert len(shop.v1.charges.list().data) == 1


def test_an_answer_that_is_lost_is_found_again_under_its_key(shop: Shop) -> None:
    shop.control("chaos", lose=1)
    options, asked = (
        {"idempotency_key": "one"},
        {"amount": 500, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"},
    )
    with pytest.raises(stripe.APIError):
        shop.v1.payment_intents.create(asked, options)
    assert shop.v1.payment_intents.create(asked, options).status == "succeeded"
    assert len(shop.v1.charges.list().data) == 1


def test_lists_come_newest_first_a_page_at_a_time(shop: Shop) -> None:
    made = [shop.v1.customers.create({"email": f"{number}@example.com"}).id for number in range(7)]
    page = shop.v1.customers.list({"limit": 3})
    assert [each.id for each in page.data] == made[:3:-1]
    assert page.has_more
    assert [each.id for each in page.auto_paging_iter()] == made[::-1]
    last = shop.v1.customers.list({"limit": 3, "starting_after": made[1]})
    assert ([each.id for each in last.data], last.has_more) == ([made[0]], False)
    before = shop.v1.customers.list({"limit": 2, "ending_before": made[0]})
    assert [each.id for each in before.data] == [made[2], made[1]]
    for asked in ({"limit": 101}, {"limit": 0}, {"starting_after": "cus_none"}):
        with pytest.raises(stripe.InvalidRequestError):
            shop.v1.customers.list(asked)


def test_lists_know_when_something_was_made(shop: Shop) -> None:
    first = shop.v1.customers.create({})
    shop.later(1)
    second = shop.v1.customers.create({})
    for created, expected in (
        ({"gt": first.created}, [second.id]),
        ({"lte": first.created}, [first.id]),
        ({"gte": first.created, "lt": second.created}, [first.id]),
        (second.created, [second.id]),
    ):
        assert [each.id for each in shop.v1.customers.list({"created": created}).data] == expected


def test_ids_are_expanded_into_objects(shop: Shop) -> None:
    customer = shop.customer()
    asked = {
        "amount": 500,
        "currency": "usd",
        "confirm": True,
        "customer": customer.id,
        "payment_method": "pm_card_visa",
    }
    paid = shop.v1.payment_intents.create({**asked, "expand": ["latest_charge.balance_transaction", "customer"]})
    assert paid.latest_charge.balance_transaction.net == 500 - 45
    assert paid.customer.email == "ada@example.com"
    found = shop.v1.payment_intents.list({"expand": ["data.latest_charge"]}).data[0]
    assert found.latest_charge.id == paid.latest_charge.id


@pytest.mark.parametrize("path", ["nonsense", "customer.nonsense", "a.b.c.d.e", "amount.nonsense"])
def test_what_cannot_be_expanded_is_named(shop: Shop, path: str) -> None:
    customer = shop.customer()
    asked = {"amount": 500, "currency": "usd", "customer": customer.id}
    made = shop.v1.payment_intents.create(asked)
    with pytest.raises(stripe.InvalidRequestError, match="expand"):
        shop.v1.payment_intents.retrieve(made.id, {"expand": [path]})


def test_what_dj_stripe_asks_for_beside_its_objects_is_answered(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(2_000)
    assert shop.v1.accounts.list().data == []
    assert shop.v1.products.features.list(shop.v1.prices.retrieve(price).product).data == []
    assert shop.v1.customers.payment_sources.list(customer.id).data == []
    [found] = shop.v1.customers.list({"expand": ["data.sources", "data.tax_ids", "data.default_source"]}).data
    assert (found.sources.data, found.tax_ids.data) == ([], [])
    [listed] = shop.v1.prices.list({"expand": ["data.currency_options", "data.product", "data.tiers"]}).data
    assert (listed.product.name, listed.tiers) == ("Team", None)


def test_the_same_seed_makes_the_same_ids(shop: Shop) -> None:
    assert shop.v1.customers.create({}).id == shop.sandbox.state.every("customer")[0]["id"]
    assert shop.sandbox.state.counters["cus"] == 1
    shop.sandbox.state.counters["cus"] = 0
    with shop.sandbox.state.rehearsal():
        assert shop.sandbox.state.new_id("cus") == shop.v1.customers.list().data[0].id
