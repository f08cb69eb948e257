"""The engine of pattern tables: what the set asks is wider than a pattern, what is reported is not."""

import pytest
import re2

from audit.reasons import Reason
from promptguard.detectors.patterns import Hit, Pattern, PatternTable, uncounted
from promptguard.detectors.pii import PiiDetector
from promptguard.detectors.secrets.providers import FORMATS
from tests.promptguard.scanning import prompt_of


@pytest.mark.parametrize(
    ("regex", "lifted"),
    [
        (r"send[^.]{0,80}?to", r"send[^.]*to"),
        (r"\b[A-Z]{1,12}\b", r"\b[A-Z]+\b"),
        (r"[0-9a-f]{16,64}", r"[0-9a-f]{16,}"),
        (r"\d{3,4}-\d{4}", r"\d{3,4}-\d{4}"),
        (r"\x{c0}\{0,80}", r"\x{c0}\{0,80}"),
    ],
)
def test_wide_bounds_are_lifted_and_nothing_else(regex: str, lifted: str) -> None:
    assert uncounted(regex) == lifted


def test_every_provider_format_is_still_an_expression() -> None:
    assert all(re2.compile(uncounted(regex)) for _, regex in FORMATS)


def hits(regex: str, text: str) -> list[Hit]:
    return list(PatternTable([Pattern("x", regex, Reason.PII_CONTACT)]).hits(text))


def test_the_bounds_hold_where_a_pattern_is_looked_for() -> None:
    assert hits(r"\bx{1,9}\b", "xxxxxxxxxxxx") == []
    (only,) = hits(r"\bx{1,9}\b", "xxxxxxxxxxxx xxx")
    assert (only.start, only.end) == (13, 16)


def test_a_pattern_beside_ordinary_text_is_found_wherever_it_stands() -> None:
    ordinary = "The quarterly report is due on Monday, and the team of nine will read it. " * 60
    for place in (0, 1_000, len(ordinary)):
        text = f"{ordinary[:place]} jane.roe@acme.io {ordinary[place:]}"
        found = [each for each in PiiDetector.load().detect(prompt_of(text)).findings if each.kind == "EMAIL"]
        assert [text[each.start : each.end] for each in found] == ["jane.roe@acme.io"]
