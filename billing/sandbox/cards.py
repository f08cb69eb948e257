"""Stripe's test cards by token. No number is taken anywhere: a card is chosen by its name.

Tokens and their behaviour follow Stripe's testing page; what a decline says of another try (advice) is part of it.
"""

from dataclasses import dataclass
from typing import Any, Literal

from billing.sandbox.faults import ApiError, invalid
from billing.sandbox.objects.template import Object

#: Decline code → (error code, message, advice code, network's advice code, network's decline code).
DECLINES = {
    "generic_decline": ("card_declined", "Your card was declined.", "try_again_later", "02", "05"),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds.", "try_again_later", "02", "51"),
    "card_velocity_exceeded": (
        "card_declined",
        "Your card was declined for making repeated attempts.",
        "try_again_later",
        "02",
        "65",
    ),
    "do_not_honor": ("card_declined", "Your card was declined.", "try_again_later", "02", "05"),
    "lost_card": ("card_declined", "Your card was declined.", "do_not_try_again", "03", "41"),
    "stolen_card": ("card_declined", "Your card was declined.", "do_not_try_again", "03", "43"),
    "fraudulent": ("card_declined", "Your card was declined.", "do_not_try_again", "03", "59"),
    "do_not_try_again": ("card_declined", "Your card was declined.", "do_not_try_again", "03", "05"),
    "expired_card": ("expired_card", "Your card has expired.", "confirm_card_data", "01", "54"),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect.", "confirm_card_data", "01", "N7"),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card.",
        "try_again_later",
        "02",
        "06",
    ),
    "authentication_required": (
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
        None,
        None,
        "1A",
    ),
}


@dataclass(frozen=True)
class Card:
    """A test card. `attach` and `charge` are decline codes; `after` is what comes after a charge that succeeds."""

    token: str
    title: str
    brand: str = "visa"
    last4: str = "4242"
    attach: str = ""
    charge: str = ""
    authenticate: Literal["never", "setup", "always"] = "never"
    after: str = ""
    case_type: str = "chargeback"


CARDS = {
    card.token: card
    for card in (
        Card("pm_card_visa", "Visa, always pays"),
        Card("pm_card_mastercard", "Mastercard, always pays", "mastercard", "4444"),
        Card("pm_card_amex", "American Express, always pays", "amex", "8431"),
        Card(
            "pm_card_authenticationRequired",
            "Visa, asks for 3-D Secure every time",
            last4="3184",
            authenticate="always",
        ),
        Card("pm_card_threeDSecure2Required", "Visa, 3-D Secure 2 every time", last4="3220", authenticate="always"),
        Card(
            "pm_card_authenticationRequiredOnSetup",
            "Visa, asks for 3-D Secure unless it was set up",
            last4="3155",
            authenticate="setup",
        ),
        Card(
            "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
            "Visa, 3-D Secure and then insufficient funds",
            last4="3178",
            authenticate="always",
            charge="insufficient_funds",
        ),
        Card(
            "pm_card_chargeCustomerFail", "Visa, can be kept and then declines", last4="0341", charge="generic_decline"
        ),
        Card("pm_card_visa_chargeDeclined", "Visa, declined", last4="0002", attach="generic_decline"),
        Card(
            "pm_card_visa_chargeDeclinedInsufficientFunds",
            "Visa, insufficient funds",
            last4="9995",
            attach="insufficient_funds",
        ),
        Card("pm_card_visa_chargeDeclinedLostCard", "Visa, lost", last4="9987", attach="lost_card"),
        Card("pm_card_visa_chargeDeclinedStolenCard", "Visa, stolen", last4="9979", attach="stolen_card"),
        Card(
            "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
            "Visa, too many tries",
            last4="6975",
            attach="card_velocity_exceeded",
        ),
        Card("pm_card_chargeDeclinedExpiredCard", "Visa, expired", last4="0069", attach="expired_card"),
        Card("pm_card_chargeDeclinedIncorrectCvc", "Visa, wrong security code", last4="0127", attach="incorrect_cvc"),
        Card(
            "pm_card_chargeDeclinedProcessingError", "Visa, processing error", last4="0119", attach="processing_error"
        ),
        Card("pm_card_chargeDeclinedFraudulent", "Visa, blocked as fraudulent", last4="0019", attach="fraudulent"),
        Card(
            "pm_card_createDispute",
            "Visa, pays and is disputed as fraudulent",
            last4="0259",
            after="dispute:fraudulent",
        ),
        Card(
            "pm_card_createDisputeProductNotReceived",
            "Visa, pays and is disputed as not received",
            last4="2685",
            after="dispute:product_not_received",
        ),
        Card(
            "pm_card_createDisputeInquiry",
            "Visa, pays and the bank inquires",
            last4="1976",
            after="dispute:fraudulent",
            case_type="inquiry",
        ),
        Card(
            "pm_card_createIssuerFraudRecord",
            "Visa, pays and an early fraud warning comes",
            last4="5423",
            after="warning",
        ),
    )
}


def card_named(token: str, param: str = "payment_method") -> Card:
    """Return the test card of a token; raises where there is none."""
    if token.isdigit():
        raise raw_number(param)
    if token.replace("tok_", "pm_card_", 1) not in CARDS:
        raise invalid(f"No such PaymentMethod: '{token[:100]}'", param, "resource_missing")
    return CARDS[token.replace("tok_", "pm_card_", 1)]


def raw_number(param: str) -> ApiError:
    """Refuse a card number, as Stripe does for accounts that never asked for raw card data."""
    text = (
        "Sending credit card numbers directly to the API is not possible here. Use a test token such as pm_card_visa."
    )
    return ApiError(402, "card_error", text, param=param, code="card_number_refused")


def refusal(decline_code: str) -> dict[str, Any]:
    """Return the error of a decline, as ``last_payment_error`` holds it."""
    code, message, advice, network_advice, network_decline = DECLINES[decline_code]
    return {
        "type": "card_error",
        "code": code,
        "decline_code": decline_code,
        "message": message,
        "advice_code": advice,
        "network_advice_code": network_advice,
        "network_decline_code": network_decline,
    }


def face(card: Card) -> Object:
    """Return the ``card`` of a payment method."""
    return {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": f"sandbox{card.last4}{card.brand}",
        "funding": "credit",
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
