"""The injection rules as one set, and which feature of the model each of them is."""

from promptguard.detectors.injection.patterns import ORDER_RULES, Rule
from promptguard.detectors.injection.patterns_roles import ROLE_RULES
from promptguard.detectors.injection.patterns_world import WORLD_RULES
from promptguard.detectors.rule_sets import RuleSet

RULES: tuple[Rule, ...] = ORDER_RULES + ROLE_RULES
ALL_RULES: tuple[Rule, ...] = RULES + WORLD_RULES
# A rule in many languages is one feature: its weight, learned where there are many texts, serves where there are few.
_FEATURES = tuple(dict.fromkeys([*(rule.name for rule in RULES), *(rule.name.split("_")[0] for rule in WORLD_RULES)]))
FEATURE_OF: tuple[int, ...] = (
    *range(len(RULES)),
    *(_FEATURES.index(rule.name.split("_")[0]) for rule in WORLD_RULES),
)

INJECTION_RULES = RuleSet([rule.pattern for rule in ALL_RULES], FEATURE_OF)
