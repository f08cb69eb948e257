"""The rules as compiled sets: which of them a text hits, and where."""

from collections.abc import Iterator
from functools import cache

import re2

from promptguard.detectors.injection.patterns import RULES, Rule
from promptguard.detectors.injection.patterns_world import WORLD_RULES

ALL_RULES: tuple[Rule, ...] = RULES + WORLD_RULES
# A rule in many languages is one feature: its weight, learned where there are many texts, serves where there are few.
_FEATURES = tuple(dict.fromkeys([*(rule.name for rule in RULES), *(rule.name.split("_")[0] for rule in WORLD_RULES)]))
FEATURE_OF: tuple[int, ...] = (
    *range(len(RULES)),
    *(_FEATURES.index(rule.name.split("_")[0]) for rule in WORLD_RULES),
)
FEATURES = len(_FEATURES)
GROUP = 12  # rules in one set: measured fastest; one set of all has far more states than texts ever visit twice
_MEMORY = 8 << 20  # bytes each automaton may grow to before RE2 starts it anew
_MOST = 64  # occurrences of one rule looked at in one text


def _options() -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _MEMORY
    return options


@cache
def _rule_sets() -> tuple[tuple[int, re2.Set], ...]:
    """Return each set with the index of its first rule."""
    sets = []
    for first in range(0, len(ALL_RULES), GROUP):
        rules = re2.Set.SearchSet(_options())
        for rule in ALL_RULES[first : first + GROUP]:
            rules.Add(rule.pattern)
        rules.Compile()
        sets.append((first, rules))
    return tuple(sets)


@cache
def _expression(index: int) -> re2._Regexp:
    return re2.compile(ALL_RULES[index].pattern, _options())


def hits(text: str) -> list[int]:
    """Return the indices in `ALL_RULES` of the rules that `text` hits, ascending."""
    data = text.encode("utf-8", "replace")
    return sorted(first + index for first, rules in _rule_sets() for index in rules.Match(data) or ())


def occurrences(index: int, text: str) -> Iterator[tuple[int, int]]:
    """Yield where rule `index` hits `text`, as [start, end) code points, the first `_MOST` of them."""
    for _, match in zip(range(_MOST), _expression(index).finditer(text), strict=False):
        yield match.span()
