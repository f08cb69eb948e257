"""The guard policy: what to do with each class of content, and from which score on."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from promptguard.findings import Category


class Action(StrEnum):
    """What becomes of a text, least severe first."""

    ALLOW = "allow"
    FLAG = "flag"
    REDACT = "redact"
    QUARANTINE = "quarantine"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """Return the place in the order of severity, from 0."""
        return list(Action).index(self)


class Rule(BaseModel):
    """What to do with findings of one class whose score is at least `threshold` (0.5 is the shipped point)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    threshold: Annotated[float, Field(ge=0.05, le=1.0)] = 0.5


_KIND = Annotated[str, Field(pattern=r"^[A-Za-z0-9_/-]{1,40}$")]

_SAMPLE = Annotated[str, Field(min_length=1, max_length=500)]
DENIED_TERM = "DENIED_TERM"
"""The kind under which a tenant's own terms are found."""

# A bare name or network address is in many honest texts; blocking them by default would teach people to switch off.
_MILD = {"PERSON": Rule(action=Action.FLAG), "IP_ADDRESS": Rule(action=Action.FLAG)}


class OwnKind(BaseModel):
    """A kind of content that a tenant wrote: an RE2 pattern, and samples by which it was tested when it was saved.

    `context` are words of which one must stand near a match for the whole `score` to count.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
    pattern: Annotated[str, Field(min_length=1, max_length=500)]
    score: Annotated[float, Field(ge=0.05, le=1.0)] = 0.9
    context: Annotated[tuple[Annotated[str, Field(min_length=2, max_length=40)], ...], Field(max_length=20)] = ()
    must_match: Annotated[tuple[_SAMPLE, ...], Field(min_length=1, max_length=20)]
    must_not_match: Annotated[tuple[_SAMPLE, ...], Field(max_length=20)] = ()


class Rules(BaseModel):
    """A whole policy. `kinds` refines a class by the finer kind of a finding (``EMAIL``, ``PERSON``).

    `own` are the tenant's own kinds, found as the class ``custom``; `terms` its words that may not pass
    (`DENIED_TERM`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pii: Rule = Rule(action=Action.BLOCK)
    secrets: Rule = Rule(action=Action.BLOCK)
    prompt_injection: Rule = Rule(action=Action.BLOCK)
    exfiltration: Rule = Rule(action=Action.BLOCK)
    cross_tenant: Rule = Rule(action=Action.BLOCK)
    moderation: Rule = Rule(action=Action.FLAG)
    custom: Rule = Rule(action=Action.BLOCK)
    kinds: Annotated[dict[_KIND, Rule], Field(max_length=100)] = _MILD
    own: Annotated[tuple[OwnKind, ...], Field(max_length=30)] = ()
    terms: Annotated[tuple[Annotated[str, Field(min_length=2, max_length=80)], ...], Field(max_length=500)] = ()

    def rule_for(self, category: Category, kind: str) -> Rule:
        """Return the rule for a finding: its kind's own, else its class's."""
        return self.kinds.get(kind) or self.of_class(category)

    def of_class(self, category: Category) -> Rule:
        """Return the rule of a whole class."""
        rule: Rule = getattr(self, category.value)
        return rule


SHIPPED = Rules()
SHIPPED_VERSION = "shipped-1"
