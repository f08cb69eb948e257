"""Tokens stand for ids: the same for the same, opened by their key alone, and nothing that is found is left plain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from billing.vault.tokens import KINDS, forms, hide, open_id, renew, seal_id, show
from tenants.encryption import SealBroken

CUSTOMER = "cus_Q2w3E4r5T6y7U8"
letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=14, max_size=32)
ids = st.builds(lambda kind, end: f"{kind}_{end}", st.sampled_from(KINDS), letters)


@given(ids)
def test_an_id_comes_back_and_always_has_the_same_token(plain: str) -> None:
    token = seal_id(plain)
    assert open_id(token) == plain
    assert seal_id(plain) == token
    assert len(token) < 100
    assert hide(token) == token


@given(st.text(), ids, st.text())
def test_a_text_comes_back_and_holds_no_id(before: str, plain: str, after: str) -> None:
    hidden = hide(f"{before} {plain} {after}")
    assert plain not in hidden
    assert show(hidden) == f"{before} {plain} {after}"


@pytest.mark.parametrize("code", ["card_declined", "card_present", "card_velocity_exceeded", "card", "src", "pm_card"])
def test_a_code_is_no_id(code: str) -> None:
    assert hide(code) == code


def test_the_secrets_of_intents_are_hidden_with_them() -> None:
    text = "seti_1AbCdEfGhIjKlMnO_secret_xYz1 pi_1AbCdEfGhIjKlMnO_secret_xYz2 pi_1AbCdEfGhIjKlMnO"
    hidden = hide(text)
    assert hidden.endswith(" pi_1AbCdEfGhIjKlMnO")
    assert "secret" not in hidden
    assert show(hidden) == text


def test_an_altered_token_is_not_opened() -> None:
    token = seal_id(CUSTOMER)
    other = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
    with pytest.raises(SealBroken):
        open_id(other)


def test_a_former_keys_token_is_opened_and_made_anew(settings: Settings) -> None:
    former, token = settings.SECRET_KEY, seal_id(CUSTOMER)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [former]
    assert open_id(token) == CUSTOMER
    assert forms(CUSTOMER) == [seal_id(CUSTOMER), token]
    assert renew(f'{{"customer": "{token}"}}') == f'{{"customer": "{seal_id(CUSTOMER)}"}}'
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(SealBroken):
        open_id(token)
