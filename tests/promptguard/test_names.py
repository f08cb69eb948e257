"""Names of persons: found by context and form, public figures weigh little, ordinary capitals are no names."""

import json

import pytest

from promptguard.detectors.pii import PiiDetector
from promptguard.names import NameTagger
from promptguard.names.candidates import Words, context_values, runs
from promptguard.names.lists import Gazetteer
from promptguard.names.signals import sign
from promptguard.names.training import Row, fit, name_examples, word_examples, word_features
from tests.promptguard.scanning import prompt_of, quoted

DETECTOR = PiiDetector.load()
SMALL = Gazetteer(frozenset({"jane", "omar"}), frozenset({"roe", "haddad"}), places=frozenset({"new york"}))
WORDS = Words(SMALL)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is Jane Roe and I need help.", "Jane Roe"),
        ("Please email Omar Haddad about the contract.", "Omar Haddad"),
        ("The patient, Margarethe Vogel, was admitted.", "Margarethe Vogel"),
        ("Best regards,\nPiotr Kowalczyk", "Piotr Kowalczyk"),
        ("Mr. Thornbury will see you now", "Mr. Thornbury"),
        ("my name is christopher, i lost my card", "christopher"),
        ("Patient: Leila Farahani, admitted with chest pain", "Leila Farahani"),
        ("Tobias Wendt, +44 20 7946 0958", "Tobias Wendt"),
        ("Dear Ms. Okonkwo,\nyour account was closed.", "Ms. Okonkwo"),
        ("Please call my husband Bogdan about the lease.", "Bogdan"),
        ("Please book a call with Jane Miller, jane.miller@contoso.com.", "Jane Miller"),
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
        "Find a flight from Los Angeles to Boston in March.",
        "Name Server: NS.EXAMPLE.NET, Registrant Country: US",
        "call robby",
        "Which films were directed by Ridley Scott and star Tom Hardy?",
        "Write a story about a young wizard called Merric and his dragon.",
        "class InvoiceReader(BaseReader): return OrderError",
        "Senior Product Manager, Head Of Marketing And Sales",
    ],
)
def test_it_leaves_alone(text: str) -> None:
    assert quoted(DETECTOR, text, "PERSON") == []


def test_a_public_figure_is_reported_below_the_operating_point() -> None:
    report = DETECTOR.detect(prompt_of("My name is Michael Jordan."))
    assert [(each.kind, each.score) for each in report.findings] == [("PERSON", 0.3)]


def test_a_name_that_is_only_talked_about_weighs_less_than_one_beside_personal_data() -> None:
    def score(text: str) -> float:
        return max(each.score for each in DETECTOR.detect(prompt_of(text)).findings if each.kind == "PERSON")

    talked = "The novel's hero, Piotr Kowalczyk, wins the tournament in the last chapter of the book."
    assert score(talked) < 0.5 <= score("Patient Piotr Kowalczyk, phone 212-555-0198, asks for an appointment.")


def test_candidates_are_runs_of_capitals_with_their_particles() -> None:
    (run,) = runs("ask Jane de la Roe please", WORDS)
    assert [token.text for token in run] == ["Jane", "de", "la", "Roe"]


def test_a_run_of_capitals_without_end_is_cut() -> None:
    assert max(len(run) for run in runs("Jane " * 1_000, WORDS)) == 16
    assert sum(len(run) for run in runs("Jane " * 1_000, WORDS)) == 1_000


def test_lower_case_texts_are_searched_by_the_lists() -> None:
    (run,) = runs("please call omar haddad today", WORDS)
    assert [token.text for token in run] == ["omar", "haddad"]


def test_each_word_has_its_features() -> None:
    text = "ask Jane Roe"
    (run,) = runs(text, WORDS)
    assert [row[0] for row in word_features(text, run, WORDS)] == ["w=jane", "w=roe"]


def test_the_words_of_a_place_are_known_together() -> None:
    text = "in New York"
    (run,) = runs(text, WORDS)
    assert [values[0] for _, values in context_values(text, run, WORDS)] == ["P|0/2", "P|1/2"]


def test_training_learns_from_marked_texts_and_is_repeatable() -> None:
    texts = [("my name is Jane Roe ok", ((11, 19),)), ("we went to Oslo City ok", ())] * 20
    rows = [Row(text, names) for text, names in texts]
    weights = fit(word_examples(rows, WORDS))
    assert weights == fit(word_examples(rows, WORDS))
    tagger = NameTagger(weights, {}, SMALL)
    assert [(name.start, name.end) for name in tagger.names("my name is Jane Roe ok")] == [(11, 19)]
    assert list(tagger.names("we went to Oslo City ok")) == []
    assert json.loads(tagger.weights_json()) == {"words": weights, "names": {}}


def test_what_can_only_speak_for_a_private_name_never_speaks_against_it() -> None:
    rows = [Row("my name is Jane Roe ok", ((11, 19),)), Row("a film with Jane Roe ok")] * 20
    tagger = NameTagger(fit(word_examples(rows[::2], WORDS)), {}, SMALL)
    examples = name_examples(rows, tagger, lambda _: ())
    backwards = fit([(features, not truth, weight) for features, truth, weight in examples], sign=sign)
    assert any(sign(feature) for feature in fit(examples, sign=sign))
    assert not any(sign(feature) for feature in backwards)
