"""The work on one text is bounded; what was not looked at is reported, never called clean."""

import pytest

from promptguard.detectors.bounded import MOST_JUDGED, UNREAD
from promptguard.detectors.pii import PiiDetector
from promptguard.detectors.secrets import SecretsDetector
from promptguard.detectors.secrets.detector import MOST_STARTS
from promptguard.findings import Channel, Finding, Prompt, Segment, View
from promptguard.names.tagger import MOST_NAMES

PII, SECRETS = PiiDetector.load(), SecretsDetector.load()


def findings(detector: PiiDetector | SecretsDetector, text: str) -> tuple[Finding, ...]:
    segment = Segment("input", Channel.DOCUMENT, text)
    return detector.detect(Prompt((segment,), (View(segment, text),))).findings


def test_of_numbers_without_end_the_rest_is_one_finding() -> None:
    text = "jane.roe@acme.io " * (MOST_JUDGED + 50)
    rest = findings(PII, text)[-1]
    assert (rest.kind, rest.score, rest.end) == ("EMAIL", UNREAD, len(text))
    assert rest.start == len("jane.roe@acme.io ") * MOST_JUDGED


def test_as_many_as_are_looked_at_leave_no_rest() -> None:
    found = findings(PII, "jane.roe@acme.io " * MOST_JUDGED)
    assert len(found) == MOST_JUDGED
    assert {each.score for each in found} == {0.99}


def test_of_names_without_end_the_rest_is_one_finding() -> None:
    text = "My name is Jane Roe. " * (MOST_NAMES + 50)
    rest = findings(PII, text)[-1]
    assert (rest.kind, rest.score, rest.end) == ("PERSON", UNREAD, len(text))


def test_of_prefixes_without_end_the_rest_is_one_finding() -> None:
    text = "sk_live_ " * (MOST_STARTS + 50)
    (rest,) = findings(SECRETS, text)
    assert (rest.kind, rest.end) == ("broken-credential", len(text))


@pytest.mark.parametrize("text", ["12 34 " * 40_000, "2024-01-02 12:30 " * 3_000, "1,204 | 3.5 | 88 |\n" * 8_000])
def test_tables_of_numbers_are_read_to_the_end_and_clean(text: str) -> None:
    assert [each for each in findings(PII, text) if each.score >= 0.5] == []


def test_private_keys_without_end_lines_are_one_finding() -> None:
    text = ("-----BEGIN PRIVATE " + "KEY-----\n") * 20_000
    (only,) = findings(SECRETS, text)
    assert (only.kind, only.start) == ("private-key", 0)
