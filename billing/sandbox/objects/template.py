"""A kind of object: its fields with what they hold when nothing is known."""

from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

#: One of Stripe's objects, as JSON.
Object = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """`nulls` are the fields that hold nothing at first, `omitted` those that this sandbox never or seldom sends."""

    kind: str
    prefix: str
    nulls: str = ""
    omitted: str = ""
    defaults: Object = field(default_factory=dict)

    @cached_property
    def keys(self) -> frozenset[str]:
        return frozenset({"id", "object", *self.nulls.split(), *self.defaults})

    def make(self, **known: Any) -> Object:  # noqa: ANN401 (a field may hold anything)
        """Return an object; raises KeyError for a field that the kind does not have."""
        if strange := known.keys() - self.keys:
            raise KeyError(f"{self.kind} has no {sorted(strange)}")
        blank = dict.fromkeys(self.nulls.split())
        return {"id": None, "object": self.kind} | blank | deepcopy(self.defaults) | known


def listed(url: str, rows: list[Object], has_more: bool = False) -> Object:
    """Return Stripe's list object."""
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}
