"""All that the sandbox knows, in memory: objects by kind and id, and what Stripe knows of them and does not show.

Everything in it is JSON, so that a snapshot is one file. Whoever reads or writes holds `State.lock`.
"""

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from billing.sandbox.clock import Clock
from billing.sandbox.faults import no_such
from billing.sandbox.objects.template import Object, Template

#: Kinds of rows that belong to one object from the first to the last, by the field that says to which.
OWNED = {"subscription_item": "subscription", "line_item": "invoice", "invoice_payment": "invoice"}
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _nobody(event: Object) -> None:
    return


@dataclass
class State:
    """`seed` makes the ids; `base_url` is where the pages are, without a slash at the end."""

    seed: str
    base_url: str
    clock: Clock = field(default_factory=Clock)
    objects: dict[str, dict[str, Object]] = field(default_factory=dict)
    hidden: dict[str, dict[str, Any]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
    #: Who is told of each new event (the webhooks), and the request that is being answered.
    publish: Callable[[Object], None] = _nobody
    request: Object = field(default_factory=lambda: {"id": None, "idempotency_key": None})
    #: Counts changes, for whoever keeps snapshots.
    revision: int = 0
    _owned: dict[tuple[str, str], dict[str, Object]] = field(default_factory=dict)

    def now(self) -> int:
        return self.clock.now()

    def new_id(self, prefix: str, length: int = 24) -> str:
        """Return the next id of a kind: the same seed gives the same ids in the same order."""
        count = self.counters[prefix] = self.counters.get(prefix, 0) + 1
        digest = hmac.digest(self.seed.encode(), f"{prefix}:{count}".encode(), "sha256")
        return f"{prefix}_" + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])

    def make(self, template: Template, **known: Any) -> Object:  # noqa: ANN401 (a field may hold anything)
        """Keep a new object of a template, with an id of its own and the present time where it has a place for it."""
        made = template.make(**({"id": self.new_id(template.prefix)} | self._dated(template) | known))
        self.objects.setdefault(template.kind, {})[made["id"]] = made
        if owner := OWNED.get(template.kind):
            self._owned.setdefault((template.kind, made[owner]), {})[made["id"]] = made
        self.revision += 1
        return made

    def _dated(self, template: Template) -> Object:
        return {"created": self.now()} if "created" in template.keys else {}

    def get(self, kind: str, key: str, param: str = "id") -> Object:
        """Return an object that must be there; raises the fault that Stripe raises when it is not."""
        try:
            return self.objects[kind][key]
        except KeyError:
            raise no_such(kind, key, param) from None

    def find(self, key: str) -> Object | None:
        """Return an object of whatever kind by its id."""
        return next((kept[key] for kept in self.objects.values() if key in kept), None)

    def every(self, kind: str, **fields: Any) -> list[Object]:  # noqa: ANN401 (a field may hold anything)
        """Return the objects of a kind, oldest first, whose fields have these values."""
        if (owner := OWNED.get(kind)) and owner in fields:
            kept = self._owned.get((kind, fields[owner]), {})
        else:
            kept = self.objects.get(kind, {})
        return [each for each in kept.values() if all(each.get(name) == value for name, value in fields.items())]

    def forget(self, gone: Object) -> None:
        """Take an object away."""
        del self.objects[gone["object"]][gone["id"]]
        if owner := OWNED.get(gone["object"]):
            del self._owned[gone["object"], gone[owner]][gone["id"]]
        self.revision += 1

    def restore(self, objects: dict[str, dict[str, Object]], hidden: dict[str, Any], counters: dict[str, int]) -> None:
        """Know this and nothing else."""
        self.objects, self.hidden, self.counters = objects, hidden, counters
        self._owned = {}
        for kind, owner in OWNED.items():
            for key, each in objects.get(kind, {}).items():
                self._owned.setdefault((kind, each[owner]), {})[key] = each

    def secrets_of(self, key: str) -> dict[str, Any]:
        """Return what is known of an object and not shown."""
        return self.hidden.setdefault(key, {})

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Try something out: what happens inside has not happened afterwards, and nobody was told."""
        kept = deepcopy((self.objects, self.hidden, self.counters)), self.publish, self.revision
        self.publish = _nobody
        try:
            yield
        finally:
            self.restore(*kept[0])
            _, self.publish, self.revision = kept
