"""The guard's detectors screen what leaves with an evidence pack."""

import pytest

from promptguard.evidence import DetectorScreen

OWN = {"Acme Rockets", "Olga Owner", "olga@acme.example"}


@pytest.fixture(scope="module")
def screen() -> DetectorScreen:
    return DetectorScreen()


def test_it_keeps_the_accounts_own_people_and_takes_everybody_else(screen: DetectorScreen) -> None:
    texts = (
        "Key of olga@acme.example for bob.builder@other.example",
        "Asked by bob.builder@other.example, phone +49 30 901820",
        "production",
    )
    result = screen.redact(texts, OWN)
    assert result.texts[0] == "Key of olga@acme.example for [EMAIL_1]"
    assert "[EMAIL_1]" in result.texts[1]
    assert "901820" not in result.texts[1]
    assert result.texts[2] == "production"
    assert result.counts["EMAIL"] == 2


@pytest.mark.parametrize(
    "text", ["card 4242 4242 4242 4242", "card:4242424242424242", "AKIAIOSFODNN7EXAMPLQ is the key"]
)
def test_e02_cards_and_secrets_are_taken_out_and_found(text: str, screen: DetectorScreen) -> None:
    assert screen.forbidden(text)
    [clean] = screen.redact((text,), OWN | {text}).texts
    assert not screen.forbidden(clean)
    assert "4242" not in clean


@pytest.mark.parametrize(
    "text", ["Team plan, monthly", "Acme Rockets", "dec_01JD8Z0000000000000000000A", "203.0.113.7"]
)
def test_what_belongs_into_a_pack_passes_the_gate(text: str, screen: DetectorScreen) -> None:
    assert not screen.forbidden(text)
