"""Redaction: typed, numbered, the same for the same value, and nothing found ever stays."""

from hypothesis import given, settings
from hypothesis import strategies as st

from audit.reasons import Reason
from promptguard.detectors.pii import PiiDetector
from promptguard.findings import Category, Channel, Finding, Prompt, Segment
from promptguard.normalise import normalise
from promptguard.redaction import Redactor

DETECTOR = PiiDetector.load()
VALUES = ("jane.roe@acme.io", "4242 4242 4242 4242", "123-45-6789", "GB82WEST12345698765432")


def segment(text: str, source: str = "input") -> Segment:
    return Segment(source, Channel.USER, text)


def finding(start: int, end: int, kind: str = "EMAIL", score: float = 0.9, source: str = "input") -> Finding:
    return Finding(source, start, end, Category.PII, kind, Reason.PII_CONTACT, "pii", "1", score)


def test_the_same_value_gets_the_same_number_across_segments() -> None:
    redactor = Redactor()
    first = redactor.redact(
        segment("a@b.co c@d.co", "one"), [finding(0, 6, source="one"), finding(7, 13, source="one")]
    )
    second = redactor.redact(segment("C@D.CO", "two"), [finding(0, 6, source="two")])
    assert first.text == "[EMAIL_1] [EMAIL_2]"
    assert second.text == "[EMAIL_2]"
    assert second.placeholders == {"[EMAIL_2]": "C@D.CO"}


def test_requests_do_not_share_numbers() -> None:
    assert Redactor().redact(segment("x@y.co"), [finding(0, 6)]).text == "[EMAIL_1]"
    assert Redactor().redact(segment("z@y.co"), [finding(0, 6)]).text == "[EMAIL_1]"


def test_overlaps_become_one_placeholder_named_after_the_surest() -> None:
    found = [finding(0, 8, "PERSON", 0.6), finding(4, 12, "EMAIL", 0.9)]
    redacted = Redactor().redact(segment("0123456789abXY"), found)
    assert redacted.text == "[EMAIL_1]XY"
    assert Redactor().redact(segment("0123456789abXY"), found[::-1]) == redacted
    assert set(redacted.replacements.values()) == {"[EMAIL_1]"}


def test_findings_of_other_segments_are_left_alone() -> None:
    assert Redactor().redact(segment("a@b.co"), [finding(0, 6, source="other")]).text == "a@b.co"


def test_a_placeholder_that_somebody_typed_is_not_handed_out() -> None:
    text = "[EMAIL_1] a@b.co"
    assert Redactor([text]).redact(segment(text), [finding(10, 16)]).text == "[EMAIL_1] [EMAIL_2]"


def test_kinds_of_secrets_become_labels() -> None:
    assert Redactor().redact(segment("abcdef"), [finding(0, 6, "github-token")]).text == "[GITHUB_TOKEN_1]"


def test_spans_count_code_points() -> None:
    assert Redactor().redact(segment("😀😀a@b.co😀"), [finding(2, 8)]).text == "😀😀[EMAIL_1]😀"


_SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from(["EMAIL", "PHONE"])), max_size=8)


@settings(deadline=None)
@given(st.text(max_size=25), _SPANS)
def test_placeholders_put_back_give_the_text_again(text: str, spans: list[tuple[int, int, str]]) -> None:
    found = [finding(min(a, b), max(a, b), kind) for a, b, kind in spans]
    redacted = Redactor([text]).redact(segment(text), found)
    covered = {place for each in found for place in range(each.start, min(each.end, len(text)))}
    kept = "".join(char for place, char in enumerate(text) if place not in covered)
    stripped = redacted.text
    for placeholder in redacted.placeholders:
        stripped = stripped.replace(placeholder, "")
    assert stripped == kept


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(VALUES), min_size=1, max_size=4), st.text(st.characters(codec="utf-8"), max_size=20))
def test_no_planted_value_is_left(values: list[str], filler: str) -> None:
    text = f"\n{filler}\n".join(f"my ssn, card, iban or mail: {value} ok" for value in values)
    source = segment(text)
    found = DETECTOR.detect(Prompt((source,), normalise(source))).findings
    redacted = Redactor([text]).redact(source, [each for each in found if each.score >= 0.5])
    assert not any(value in redacted.text for value in values)
