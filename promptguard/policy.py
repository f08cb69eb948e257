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

# A bare name or network address is in many honest texts; blocking them by default would teach people to switch off.
_MILD = {"PERSON": Rule(action=Action.FLAG), "IP_ADDRESS": Rule(action=Action.FLAG)}


class Rules(BaseModel):
    """A whole policy. `kinds` refines a class by the finer kind of a finding (``EMAIL``, ``PERSON``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pii: Rule = Rule(action=Action.BLOCK)
    secrets: Rule = Rule(action=Action.BLOCK)
    prompt_injection: Rule = Rule(action=Action.BLOCK)
    exfiltration: Rule = Rule(action=Action.BLOCK)
    cross_tenant: Rule = Rule(action=Action.BLOCK)
    moderation: Rule = Rule(action=Action.FLAG)
    kinds: Annotated[dict[_KIND, Rule], Field(max_length=100)] = _MILD

    def rule_for(self, category: Category, kind: str) -> Rule:
        """Return the rule for a finding: its kind's own, else its class's."""
        specific = self.kinds.get(kind)
        if specific is not None:
            return specific
        rule: Rule = getattr(self, category.value)
        return rule


SHIPPED = Rules()
SHIPPED_VERSION = "shipped-1"
