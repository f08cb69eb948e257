"""Personal data that was hidden is found, whatever it was hidden with (attacks P01, P02, P06)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptguard.detectors.pii import PiiDetector
from promptguard.normalise import BoundExceeded
from tests.promptguard.obfuscation import TRANSFORMS, to_base64, to_hex
from tests.promptguard.scanning import found, kinds, prompt_of

DETECTOR = PiiDetector.load()
PLANTED = {
    "US_SSN": "my social security number is 123-45-6789",
    "CARD": "please charge my credit card 4242 4242 4242 4242 today",
    "EMAIL": "send it to the address jane.roe@acme.io please",
    "IBAN": "please pay to GB82WEST12345698765432 this week",
    "PHONE": "please call me at 212-555-0198 with the answer",
}
# What these transforms do to digits or letters cannot be told from other digits or letters.
LOST = {
    ("EMAIL", "leet"),
    ("PHONE", "leet"),
    ("IBAN", "upside down"),
    ("IBAN", "spaced evenly"),
    ("PHONE", "spaced evenly"),
}


@pytest.mark.parametrize("transform", sorted(TRANSFORMS))
@pytest.mark.parametrize("kind", sorted(PLANTED))
def test_it_sees_through(kind: str, transform: str) -> None:
    if (kind, transform) in LOST:
        pytest.skip("the transform destroys the value")
    assert kind in kinds(DETECTOR, TRANSFORMS[transform](PLANTED[kind]))


@pytest.mark.parametrize(
    "text",
    [
        "4242\n4242\n4242\n4242",
        "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
        "４２４２４２４２４２４２４２４２",
        "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
        '{"4242424242424242": "card"}',
        "card 42-42-42-42-42-42-42-42",
    ],
)
def test_a_broken_up_card_is_a_card(text: str) -> None:
    assert "CARD" in kinds(DETECTOR, text)


@pytest.mark.parametrize(
    "text", ["123 - 45 - 6789", "123–45–6789", "SSN: 123 45 6789", "ssn 123.45.6789", "123-\n45-\n6789"]
)
def test_a_broken_up_social_security_number_is_one(text: str) -> None:
    assert "US_SSN" in kinds(DETECTOR, text)


def test_the_span_of_encoded_data_is_its_run() -> None:
    run = to_base64(to_hex("my ssn is 123-45-6789"))
    (only,) = found(DETECTOR, f"decode {run} now")
    assert only.start >= 7
    assert only.end <= 7 + len(run)
    assert only.end - only.start > 20


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.sampled_from(sorted(PLANTED)), st.text(max_size=80))
def test_spans_lie_in_the_text_and_a_plain_value_is_never_lost(before: str, kind: str, after: str) -> None:
    text = f"{before}\n{PLANTED[kind]}\n{after}"
    try:
        prompt = prompt_of(text)
    except BoundExceeded:
        return
    findings = DETECTOR.detect(prompt).findings
    assert all(0 <= each.start < each.end <= len(text) for each in findings)
    assert kind in {each.kind for each in findings if each.score >= 0.5}
