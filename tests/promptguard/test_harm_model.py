"""The harm model: which passages the encoder reads, what the head learns, and what is left out together."""

import random

import numpy as np
import pytest

from promptguard.detectors.harm_head import HarmHead
from promptguard.detectors.harm_model import CORE, MOST_PASSAGES, PASSAGE, harm_score, passages
from promptguard.detectors.moderation import KINDS
from promptguard.model_store import ArtefactRefused
from promptguard.training.grammars.harm import Harm, disguised, harm_examples, harm_families
from promptguard.training.harm_head import fit_head
from promptguard.training.moderation import fold_of

ALL = frozenset(KINDS)


def test_a_short_text_is_read_whole() -> None:
    assert passages("x" * CORE, 0, whole=True) == [(0, CORE)]
    assert passages("x" * 200, 130, whole=True) == [(0, 200)]


def test_of_a_longer_text_the_worst_window_is_read_alone_and_with_what_is_around_it() -> None:
    core, around = passages("x" * 5000, 2000, whole=False)
    assert core[0] <= 2000 < 2000 + 128 <= core[1] == core[0] + CORE
    assert around[0] < core[0] < core[1] < around[1] == around[0] + PASSAGE
    assert passages("x" * 5000, 4990, whole=False) == [(5000 - CORE, 5000), (5000 - PASSAGE, 5000)]
    assert passages("x" * 300, 0, whole=True) == [(0, CORE), (0, 300)]


def test_for_scores_a_long_text_is_read_in_a_bounded_number_of_places_all_over_it() -> None:
    found = passages("x" * 5000, 2000, whole=True)
    assert found[:2] == passages("x" * 5000, 2000, whole=False)
    assert len(found) == MOST_PASSAGES
    assert {0, 5000 - PASSAGE} <= {start for start, _ in found}


def test_the_head_learns_what_is_known_and_nothing_from_what_is_not() -> None:
    rng = np.random.default_rng(5)
    states = rng.normal(size=(2000, 8)).astype(np.float32)
    targets = np.stack([states[:, 0] > 0, states[:, 1] > 0, np.ones(2000)], axis=1).astype(np.float32)
    weights = np.ones_like(targets)
    weights[:, 2] = 0
    logits = fit_head(states, targets, weights, seed=1)(states)
    assert ((logits[:, 0] > 0) == (targets[:, 0] > 0)).mean() > 0.95
    assert ((logits[:, 1] > 0) == (targets[:, 1] > 0)).mean() > 0.95
    assert np.abs(logits[:, 2]).max() < 3
    assert np.array_equal(fit_head(states, targets, weights, seed=1)(states), logits), "one seed, one head"


def test_a_head_with_figures_that_are_none_is_refused() -> None:
    row, square = np.ones(2), np.ones((2, 2))
    parts = zip(HarmHead.__slots__, (row, row, square, row, square, row), strict=True)
    arrays = {f"head_{name}": part for name, part in parts}
    assert HarmHead.of(arrays)(np.ones((1, 2), np.float32)).shape == (1, 2)
    with pytest.raises(ArtefactRefused, match="not finite"):
        HarmHead.of(arrays | {"head_scale": np.array([np.inf, 1.0])})


def test_the_score_counts_any_harm_and_the_likeliest_kind() -> None:
    assert harm_score(np.array([[1.0, -2.0, 3.0], [0.0, -1.0, -5.0]], np.float32)).tolist() == [4.0, -1.0]


def test_sources_and_families_are_left_out_whole() -> None:
    rows = [Harm("x", kinds, name, ALL, name) for name in "abc" for kinds in (frozenset({"hate"}), frozenset[str]())]
    prompts = [Harm(f"prompt {number}", frozenset(), "d", ALL, "d") for number in range(60)]
    rows += [Harm("x", frozenset(), "own families", ALL, f"own/{number % 9}") for number in range(40)]
    folds = fold_of([*rows, *prompts])
    assert len(set(folds[len(rows) :])) > 2, "harmless sources are spread"
    by_group = {
        row.group: {fold for fold, one in zip(folds, rows, strict=False) if one.group == row.group} for row in rows
    }
    assert all(len(found) == 1 for found in by_group.values())
    assert len({next(iter(by_group[name])) for name in "abc"}) == 3


def test_every_family_has_clean_twins_and_no_text_on_both_sides() -> None:
    families, _ = harm_families()
    assert all(family["harm"] and family["clean"] for family in families.values())
    sides: dict[str, set[bool]] = {}
    for row in harm_examples(3, 40, ALL):
        sides.setdefault(row.text.lower(), set()).add(bool(row.kinds))
    torn = [text for text, found in sides.items() if len(found) > 1]
    assert torn == []


@pytest.mark.parametrize("seed", range(8))
def test_a_disguise_changes_the_spelling_only(seed: int) -> None:
    said = "nobody should say such a thing to anyone"
    hidden = disguised(said, random.Random(seed))
    assert hidden != said
    assert hidden.replace(" ", "")[0] == "n"
