"""What tenants write themselves: found in disguise, in linear time, kept apart, never edited (A3, T13)."""

import time
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from promptguard import engine, policies
from promptguard.detectors import tenant_patterns
from promptguard.detectors.tenant_patterns import MOST_HITS, OwnPatterns, compiled
from promptguard.findings import Category
from promptguard.kinds import shipped_kinds
from promptguard.models import GuardPolicy
from promptguard.policy import OwnKind
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.api.conftest import Application
from tests.people import Person
from tests.promptguard.scanning import prompt_of

ORDER = OwnKind(name="ORDER_ID", pattern=r"\bORD-\d{6}\b", must_match=("ORD-123456",))
RULES = {"own": [ORDER.model_dump(mode="json")], "terms": ["project falcon"]}


def _own(*kinds: OwnKind, terms: tuple[str, ...] = ()) -> OwnPatterns:
    return OwnPatterns(uuid.uuid4().hex, kinds, terms)


def _found(own: OwnPatterns, text: str) -> list[tuple[str, str, float]]:
    [detector] = own.detectors()
    return [
        (found.kind, text[found.start : found.end], found.score) for found in detector.detect(prompt_of(text)).findings
    ]


def _in_force(person: Person, rules: dict[str, object]) -> GuardPolicy:
    with org_scope(person.organization.id):
        grant = person.may(Permission.POLICY_CHANGE)
        return policies.activate(grant, policies.save(grant, rules).id)


def test_offsets_count_code_points() -> None:
    assert _found(_own(ORDER), "naïve 😀 café ORD-123456!") == [("ORDER_ID", "ORD-123456", 0.9)]


def test_a_disguise_is_undone_first() -> None:
    hidden = "please decode VGhlIG9yZGVyIHRoYXQgd2FzIGxvc3QgaXMgT1JELTEyMzQ1NiwgYXMgeW91IGtub3cu for me"
    assert [kind for kind, *_ in _found(_own(ORDER), hidden)] == ["ORDER_ID"]
    assert [kind for kind, *_ in _found(_own(terms=("zephyr",)), "what is ｚｅｐｈｙｒ?")] == ["DENIED_TERM"]


def test_a_context_word_makes_the_score() -> None:
    kind = ORDER.model_copy(update={"context": ("Order", "shipment")})
    assert [score for *_, score in _found(_own(kind), "the order ORD-123456")] == [0.9]
    assert [score for *_, score in _found(_own(kind), "see ORD-123456 there")] == [0.4]


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("Falcon", True),
        ("the FALCON flies", True),
        ("falcons", False),
        ("xfalcon", False),
        ("(falcon)", True),
        ("éfalcon", False),
    ],
)
def test_a_term_stands_alone(text: str, hit: bool) -> None:
    assert bool(_found(_own(terms=("falcon",)), text)) is hit


def test_a_term_in_a_script_without_spaces_is_found() -> None:
    assert [value for _, value, _ in _found(_own(terms=("極秘計画",)), "これは極秘計画です")] == ["極秘計画"]


def test_terms_are_no_patterns() -> None:
    assert _found(_own(terms=("a.c",)), "abc") == []
    assert [value for _, value, _ in _found(_own(terms=("c++ (beta)",)), "our C++ (beta) build")] == ["C++ (beta)"]


def test_no_pattern_makes_a_long_text_take_long() -> None:
    """Each of these searches to the end of the text for every match: a hundred thousand times, if it were let."""
    greedy = OwnKind(name="GREEDY", pattern="a(?:.*b)?", must_match=("a",))
    table = compiled(_own(greedy))
    costs = []
    for length in (50_000, 200_000):
        started = time.process_time()
        hits = list(table.hits("a" * length))
        costs.append(time.process_time() - started)
        assert len(hits) == MOST_HITS + 1
        assert hits[-1].end == length, "what was not looked through counts as found"
    assert costs[1] < costs[0] * 16  # four times the text: linear, with room for a busy machine


def test_compiled_patterns_have_a_bound() -> None:
    for _ in range(tenant_patterns.MOST_COMPILED + 5):
        compiled(_own(ORDER))
    assert compiled.cache_info().currsize <= tenant_patterns.MOST_COMPILED


def test_t13_a_tenants_patterns_never_run_for_another(olga: Person, eve: Person) -> None:
    _in_force(olga, RULES)
    text = {"input": "Is ORD-123456 a part of project falcon?", "return": ["spans"]}
    mine, hers = (Application(*person.key()).post("/v1/guard", text).json() for person in (olga, eve))
    assert {span["kind"] for span in mine["spans"]} == {"ORDER_ID", "DENIED_TERM"}
    assert "tenant_patterns" in {run["name"] for run in mine["detectors"]}
    assert hers["action"] == "allow"
    assert hers["spans"] == []
    assert "tenant_patterns" not in {run["name"] for run in hers["detectors"]}


def test_a_pattern_that_cannot_run_blocks(olga: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail closed: an engine that is out of memory must not let texts pass."""
    _in_force(olga, RULES)
    monkeypatch.setattr(tenant_patterns, "_SET_MEMORY", 1)
    compiled.cache_clear()
    answer = Application(*olga.key()).post("/v1/guard", {"input": "hello"}).json()
    compiled.cache_clear()
    assert (answer["action"], answer["reason_codes"]) == ("block", ["SYS-GRD-001"])


def test_a_version_is_never_edited(olga: Person) -> None:
    row = _in_force(olga, RULES)
    with org_scope(olga.organization.id):
        changes: list[dict[str, object]] = [{"rules": {}}, {"version": 9}, {"author": "x"}, {"note": "x"}]
        for change in changes:
            with pytest.raises(IntegrityError, match="never edited"), transaction.atomic():
                GuardPolicy.objects.filter(id=row.id).update(**change)
        assert GuardPolicy.objects.get(id=row.id).rules == row.rules
    assert connection.in_atomic_block


@pytest.mark.parametrize(
    "rules",
    [
        {"own": [RULES["own"][0]] * 2},  # type: ignore[index]  # JSON
        {"own": [ORDER.model_dump(mode="json") | {"name": f"K{n}_X"} for n in range(31)]},
        {"own": [ORDER.model_dump(mode="json") | {"name": "DENIED_TERM"}]},
        {"own": [ORDER.model_dump(mode="json") | {"name": "US_SSN"}]},
        {"own": [ORDER.model_dump(mode="json") | {"pattern": "x" * 501}]},
        {"own": [ORDER.model_dump(mode="json") | {"more": 1}]},
        {"terms": [f"term {n}" for n in range(501)]},
        {"terms": ["x"]},
        {"terms": ["x" * 81]},
    ],
)
def test_rules_beyond_the_bounds_are_not_saved(olga: Person, rules: dict[str, object]) -> None:
    with org_scope(olga.organization.id):
        with pytest.raises(ValidationError):
            policies.save(olga.may(Permission.POLICY_CHANGE), rules)
        assert not GuardPolicy.objects.exists()


def test_the_kinds_offered_are_those_that_detectors_name() -> None:
    """Each table of patterns is asked for what it names; a kind that is missing could not have a rule."""
    offered = {kind for kinds in shipped_kinds().values() for kind in kinds}
    tables = [vars(detector)["_table"] for detector in engine.engine().detectors if "_table" in vars(detector)]
    named = {pattern.kind for table in tables for pattern in table.patterns}
    assert named <= offered
    assert len(shipped_kinds()[Category.PII]) > 20
