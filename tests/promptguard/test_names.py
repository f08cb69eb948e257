"""Names of persons: found by context and form, public figures weigh little, ordinary capitals are no names."""

import json

import pytest

from promptguard.detectors.pii import PiiDetector
from promptguard.names import NameTagger
from promptguard.names.candidates import Gazetteer, features, runs
from promptguard.names.training import Row, examples, fit
from tests.promptguard.scanning import prompt_of, quoted

DETECTOR = PiiDetector.load()
SMALL = Gazetteer(frozenset({"jane", "omar"}), frozenset({"roe", "haddad"}))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is Jane Roe and I need help.", "Jane Roe"),
        ("Please email Omar Haddad about the contract.", "Omar Haddad"),
        ("The patient, Margarethe Vogel, was admitted.", "Margarethe Vogel"),
        ("Best regards,\nPiotr Kowalczyk", "Piotr Kowalczyk"),
        ("Mr. Thornbury will see you now", "Mr. Thornbury"),
        ("i spoke with christopher yesterday", "christopher"),
    ],
)
def test_it_finds_a_name(text: str, name: str) -> None:
    assert name in quoted(DETECTOR, text, "PERSON")


@pytest.mark.parametrize(
    "text",
    [
        "Write a poem about Marie Curie and Albert Einstein.",
        "Explain Kubernetes and Docker to a child in London.",
        "What is the capital of France? Compare Python and Java.",
        "Can I withdraw cash? Will it rain on Monday?",
        "Frequently Asked Questions",
    ],
)
def test_it_leaves_alone(text: str) -> None:
    assert quoted(DETECTOR, text, "PERSON") == []


def test_a_public_figure_is_reported_below_the_operating_point() -> None:
    report = DETECTOR.detect(prompt_of("My name is Michael Jordan."))
    assert [(each.kind, each.score) for each in report.findings] == [("PERSON", 0.3)]


def test_candidates_are_runs_of_capitals_with_their_particles() -> None:
    (run,) = runs("ask Jane de la Roe please", SMALL)
    assert [token.text for token in run] == ["Jane", "de", "la", "Roe"]


def test_lower_case_texts_are_searched_by_the_lists() -> None:
    (run,) = runs("please call omar haddad today", SMALL)
    assert [token.text for token in run] == ["omar", "haddad"]


def test_each_word_has_its_features() -> None:
    text = "ask Jane Roe"
    (run,) = runs(text, SMALL)
    assert [row[1] for row in features(text, run, SMALL)] == ["w=jane", "w=roe"]


def test_training_learns_from_marked_texts_and_is_repeatable() -> None:
    texts = [("my name is Jane Roe ok", ((11, 19),)), ("we went to Oslo City ok", ())] * 20
    data = examples([Row(text, names) for text, names in texts], SMALL)
    weights = fit(data)
    assert weights == fit(data)
    tagger = NameTagger(weights, SMALL)
    assert [found[:2] for found in tagger.find("my name is Jane Roe ok")] == [(11, 19)]
    assert list(tagger.find("we went to Oslo City ok")) == []
    assert json.loads(tagger.weights_json()) == weights
