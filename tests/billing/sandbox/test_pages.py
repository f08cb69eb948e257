"""What people see: Checkout, the portal, the control panel. And that other sites cannot press their buttons."""

import re
from typing import Any

import pytest
import stripe

from tests.billing.sandbox.shop import Shop, ask, buttons

DONE, BACK = "http://localhost:8000/done?session={CHECKOUT_SESSION_ID}", "http://localhost:8000/plans"


def session(shop: Shop, mode: str, **known: object) -> Any:  # noqa: ANN401 (an SDK object)
    asked = {"mode": mode, "success_url": DONE, "cancel_url": BACK, **known}
    return shop.v1.checkout.sessions.create(asked)


def done(made: Any) -> str:  # noqa: ANN401 (an SDK object)
    return f"http://localhost:8000/done?session={made.id}"


def test_a_payment_by_checkout(shop: Shop) -> None:
    product = shop.v1.products.create({"name": "Setup <b>fee</b>"})
    once = shop.v1.prices.create({"product": product.id, "unit_amount": 4_900, "currency": "usd"})
    made = session(shop, "payment", line_items=[{"price": once.id, "quantity": 2}])
    page = shop.see(made.url)
    assert "98.00 USD" in page
    assert "Setup &lt;b&gt;fee&lt;/b&gt;" in page
    assert "Stripe sandbox (simulated)" in page
    assert not re.search(r"<input[^>]*name=.(number|cvc|exp)", page)
    status, where, _ = shop.click(made.url, card="pm_card_visa", email="ada@example.com")
    assert (status, where) == (303, done(made))
    paid = shop.v1.checkout.sessions.retrieve(made.id, {"expand": ["line_items", "payment_intent"]})
    assert (paid.status, paid.payment_status, paid.amount_total, paid.url) == ("complete", "paid", 9_800, None)
    assert paid.payment_intent.amount_received == 9_800
    assert [line.amount_total for line in paid.line_items.data] == [9_800]
    assert shop.kinds()[-1] == "checkout.session.completed"
    assert shop.click(f"/checkout/{made.id}", card="pm_card_visa")[0] == 400
    assert len(shop.v1.charges.list().data) == 1


def test_a_trial_by_checkout_fails_3ds_and_then_passes(shop: Shop) -> None:
    trial = {"trial_period_days": 14, "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}}}
    customer = shop.customer(card=None)
    made = session(
        shop,
        "subscription",
        customer=customer.id,
        line_items=[{"price": shop.price(2_000)}],
        subscription_data={**trial, "metadata": {"org": "7"}},
    )
    assert "Free trial of 14 days" in shop.see(made.url)
    status, bank, _ = shop.click(made.url, card="pm_card_authenticationRequired")
    assert (status, "/3ds/seti_" in bank) == (303, True)
    _, back, _ = shop.click(bank, outcome="fail")
    status, _, html = ask_page(shop, back)
    assert (status, "The card was not taken" in html) == (402, True)
    assert shop.v1.subscriptions.list().data == []
    _, bank, _ = shop.click(made.url, card="pm_card_authenticationRequired")
    _, back, _ = shop.click(bank, outcome="pass")
    assert shop.visit(back) == done(made)
    subscription = shop.v1.subscriptions.list({"customer": customer.id}).data[0]
    assert (subscription.status, subscription.metadata.to_dict()) == ("trialing", {"org": "7"})
    assert subscription.default_payment_method is not None
    complete = shop.v1.checkout.sessions.retrieve(made.id)
    assert (complete.subscription, complete.payment_status) == (subscription.id, "no_payment_required")
    kinds = shop.kinds()
    assert kinds.index("setup_intent.setup_failed") < kinds.index("setup_intent.succeeded")
    assert kinds.count("checkout.session.completed") == 1


def ask_page(shop: Shop, address: str) -> tuple[int, dict[str, str], str]:
    path = address.removeprefix(shop.sandbox.url).partition("?")[0]
    status, headers, body = ask(shop.sandbox, "GET", path)
    return status, headers, body.decode()


def test_a_subscription_by_checkout_is_made_once_though_the_first_card_declines(shop: Shop) -> None:
    made = session(shop, "subscription", customer_email="bo@example.com", line_items=[{"price": shop.price(2_000)}])
    assert shop.click(made.url, card="pm_card_chargeCustomerFail")[0] == 402
    assert shop.click(made.url, card="pm_card_visa_chargeDeclined")[0] == 402
    status, bank, _ = shop.click(made.url, card="pm_card_authenticationRequired")
    assert status == 303
    _, back, _ = shop.click(bank, outcome="pass")
    assert shop.visit(back) == done(made)
    complete = shop.v1.checkout.sessions.retrieve(made.id, {"expand": ["subscription", "invoice"]})
    assert (complete.subscription.status, complete.invoice.status) == ("active", "paid")
    assert len(shop.v1.subscriptions.list({"status": "all"}).data) == 1
    assert complete.customer_details.email == "bo@example.com"


def test_a_card_is_set_up_by_checkout(shop: Shop) -> None:
    customer = shop.customer(card=None)
    made = session(shop, "setup", currency="usd", customer=customer.id)
    assert shop.click(made.url, card="pm_card_mastercard")[1] == done(made)
    intent = shop.v1.setup_intents.retrieve(made.setup_intent)
    assert (intent.status, intent.customer) == ("succeeded", customer.id)
    kept = shop.v1.customers.payment_methods.list(customer.id).data
    assert [each.card.brand for each in kept] == ["mastercard"]


def test_a_session_ends_after_a_day_or_at_once(shop: Shop) -> None:
    first, second = (session(shop, "setup", currency="usd") for _ in range(2))
    assert shop.v1.checkout.sessions.expire(first.id).status == "expired"
    shop.later(1)
    assert shop.v1.checkout.sessions.retrieve(second.id).status == "expired"
    assert len(shop.events("checkout.session.expired")) == 2
    assert shop.click(f"/checkout/{second.id}", card="pm_card_visa")[0] == 400
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.checkout.sessions.expire(first.id)


def test_a_session_that_makes_no_sense_is_refused(shop: Shop) -> None:
    for known in ({"mode": "payment"}, {"mode": "setup", "line_items": [{"price": shop.price(5)}]}):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.v1.checkout.sessions.create({"success_url": DONE, **known})
        assert refused.value.param == "line_items"
    with pytest.raises(stripe.InvalidRequestError, match="subscription"):
        session(shop, "payment", line_items=[{"price": shop.price(5)}])


def test_the_portal_changes_card_and_plan_and_ends_the_subscription(shop: Shop) -> None:
    small, large = shop.price(2_000), shop.price(5_000, name="Business")
    customer = shop.customer()
    made = shop.v1.subscriptions.create({"customer": customer.id, "items": [{"price": small}]})
    portal = shop.v1.billing_portal.sessions.create({"customer": customer.id, "return_url": BACK})
    assert "Team, 20.00 USD a month" in shop.see(portal.url)
    assert shop.click(portal.url, act="plan", subscription=made.id, price=large)[0] == 303
    assert shop.click(portal.url, act="card", card="pm_card_mastercard")[0] == 303
    assert shop.click(portal.url, act="cancel", subscription=made.id)[0] == 303
    changed = shop.v1.subscriptions.retrieve(made.id, {"expand": ["default_payment_method"]})
    assert (changed["items"].data[0].price.id, changed.cancel_at_period_end) == (large, True)
    assert changed.default_payment_method.card.brand == "mastercard"
    page = shop.see(portal.url)
    assert "Do not cancel" in buttons(page)
    assert BACK in page
    assert shop.click(portal.url, act="keep", subscription=made.id)[0] == 303
    assert not shop.v1.subscriptions.retrieve(made.id).cancel_at_period_end


def test_the_portal_touches_no_other_customers_subscription(shop: Shop) -> None:
    other = shop.v1.subscriptions.create({"customer": shop.customer().id, "items": [{"price": shop.price(2_000)}]})
    portal = shop.v1.billing_portal.sessions.create({"customer": shop.customer().id})
    status, _, html = shop.click(portal.url, act="cancel", subscription=other.id)
    assert (status, "another customer" in html) == (402, True)
    assert shop.click(portal.url, act="card", card="pm_card_visa_chargeDeclined")[0] == 402
    assert not shop.v1.subscriptions.retrieve(other.id).cancel_at_period_end


def test_the_panel_simulates_what_its_buttons_say(shop: Shop) -> None:
    customer = shop.customer(name="Ada <script>")
    method = customer.invoice_settings.default_payment_method
    asked = {"amount": 700, "confirm": True, "currency": "usd", "customer": customer.id, "payment_method": method}
    shop.v1.payment_intents.create(asked)
    trial = {"customer": customer.id, "items": [{"price": shop.price(2_000)}], "trial_period_days": 9}
    subscription = shop.v1.subscriptions.create(trial)
    page = shop.see("/")
    assert {"Dispute", "Early fraud warning", "Decline next payment", "End the trial", "+7 days"} <= buttons(page)
    assert "Ada &lt;script&gt;" in page
    of = {"do": "simulate", "customer": customer.id}
    assert shop.click("/", **of, act="decline", code="lost_card")[0] == 303
    assert "Will decline: lost_card" in shop.see("/")
    assert shop.click("/", **of, act="end_trial")[0] == 303
    assert shop.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert shop.click("/", **of, act="dispute", reason="general", case_type="inquiry")[0] == 303
    dispute = shop.v1.disputes.list().data[0]
    assert (dispute.reason, dispute.status) == ("general", "warning_needs_response")
    before = shop.sandbox.state.now()
    assert shop.click("/", do="clock", days="7")[0] == 303
    assert shop.sandbox.state.now() == before + 7 * 86_400
    for nonsense in ({"do": "clock", "days": "8000"}, {"do": "simulate", "act": "nonsense"}, {}):
        assert shop.click("/", **nonsense)[0] in {400, 404}


@pytest.mark.parametrize(
    "path", ["/", "/checkout/cs_none", "/3ds/pi_none", "/portal/bps_none", "/invoice/in_none", "/x"]
)
def test_a_form_of_another_site_is_refused_and_pages_load_nothing_foreign(shop: Shop, path: str) -> None:
    foreign = {"Origin": "http://evil.example", "Content-Type": "application/x-www-form-urlencoded"}
    assert ask(shop.sandbox, "POST", path, b"do=clock&days=30", foreign)[0] == 403
    _, headers, html = ask_page(shop, path)
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; ")
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in html
    assert all(sheet.startswith("/static/css/") for sheet in re.findall(r"<link[^>]*href=.([^\"']*)", html))


def test_a_page_may_send_people_back_to_the_shop(shop: Shop) -> None:
    made = session(shop, "setup", currency="usd")
    _, headers, _ = ask_page(shop, made.url)
    assert "form-action 'self' http://localhost:8000;" in headers["Content-Security-Policy"]
    _, bank, _ = shop.click(made.url, card="pm_card_authenticationRequired")
    _, headers, _ = ask_page(shop, bank)  # whose form is answered by Checkout, which sends people on
    assert "form-action 'self' http://localhost:8000;" in headers["Content-Security-Policy"]


def test_stylesheets_are_ours_and_nothing_else_is_served(shop: Shop) -> None:
    status, headers, body = ask(shop.sandbox, "GET", "/static/css/tokens.css")
    assert (status, headers["Content-Type"], b"--canvas" in body) == (200, "text/css; charset=utf-8", True)
    for path in ("/static/css/../../config/settings.py", "/static/js/ui.js", "/static/"):
        assert ask(shop.sandbox, "GET", path)[0] == 404
