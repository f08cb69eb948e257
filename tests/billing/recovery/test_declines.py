"""What a decline asks for: the network's word, the advice, then the table."""

from datetime import timedelta

import pytest

from billing.recovery.declines import RETRYABLE, Decline, Treatment, decline_of, known_codes
from billing.sandbox.cards import DECLINES, refusal

STRIPE_NEVER_RETRIES = {
    "authentication_required",
    "highest_risk_level",
    "incorrect_number",
    "lost_card",
    "pickup_card",
    "revocation_of_all_authorizations",
    "revocation_of_authorization",
    "stolen_card",
    "transaction_not_allowed",
}
"""The hard codes of docs.stripe.com/billing/revenue-recovery/smart-retries."""


def test_what_stripe_never_retries_is_never_retried() -> None:
    assert {code for code in STRIPE_NEVER_RETRIES if Decline(code).treatment in RETRYABLE} == set()


@pytest.mark.parametrize("code", sorted(known_codes()))
def test_advice_against_another_try_goes_before_every_code(code: str) -> None:
    assert Decline(code, "do_not_try_again").treatment is Treatment.HARD


@pytest.mark.parametrize("code", sorted(code for code, treatment in known_codes().items() if treatment == "hard"))
def test_no_advice_makes_a_hard_code_soft(code: str) -> None:
    for advice in ("", "try_again_later", "confirm_card_data"):
        assert Decline(code, advice).treatment is Treatment.HARD


def test_card_data_is_corrected_and_not_tried_again() -> None:
    assert Decline("insufficient_funds", "confirm_card_data").treatment is Treatment.CARD_DATA
    assert Decline("expired_card").treatment is Treatment.CARD_DATA
    assert Decline("expired_card", "try_again_later").treatment is Treatment.BANK


@pytest.mark.parametrize("code", ["04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1", "R3"])
def test_a_network_that_never_approves_is_not_asked_again(code: str) -> None:
    assert Decline("generic_decline", "try_again_later", network_code=code).treatment is Treatment.HARD


def test_a_merchant_advice_code_counts_like_advice() -> None:
    assert Decline("do_not_honor", network_advice="03").treatment is Treatment.HARD
    assert Decline("do_not_honor", network_advice="21").treatment is Treatment.HARD
    assert Decline("do_not_honor", network_advice="28").wait == timedelta(days=6)
    assert Decline("do_not_honor", network_advice="02").wait == timedelta()


def test_cards_that_are_confirmed_each_time_are_not_tried_alone() -> None:
    assert Decline("insufficient_funds", country="IN").treatment is Treatment.AUTHENTICATE


def test_an_unknown_code_is_a_bank_that_did_not_say_why() -> None:
    assert Decline("brand_new_code").treatment is Treatment.BANK
    assert Decline("brand_new_code").words == Decline("generic_decline").words


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "fraudulent", "pickup_card", "merchant_blacklist"])
def test_a_reported_card_is_not_told_as_such(code: str) -> None:
    assert Decline(code).words == Decline("do_not_try_again").words


@pytest.mark.parametrize("code", sorted(DECLINES))
def test_every_decline_of_the_sandbox_is_understood(code: str) -> None:
    decline = decline_of(refusal(code) | {"payment_method": {"card": {"country": "US"}}})
    assert (decline.code, decline.country) == (code, "US")
    assert code in known_codes()
