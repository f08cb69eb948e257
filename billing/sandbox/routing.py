"""The table of the API: which request goes to which function, with the parameters that it takes."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from billing.sandbox.faults import invalid, unknown
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.rendering import shown
from billing.sandbox.state import State

#: What answers a request: the state, the parameters and the ids of the path in, an object out.
Handler = Callable[..., Object]
EVERYWHERE = frozenset({"expand"})


@dataclass(frozen=True)
class Route:
    """`path` has ``{}`` where an id stands; `takes` are the parameters; what is `kept` is rendered before."""

    method: str
    path: str
    handler: Handler
    takes: str = ""
    kept: bool = True

    def match(self, method: str, path: str) -> tuple[str, ...] | None:
        """Return the ids of a path that is this route's, or nothing."""
        pattern = self.path.replace(".", r"\.").replace("{}", r"([A-Za-z0-9_.-]{1,200})")
        found = re.fullmatch(pattern, path) if method == self.method else None
        return found.groups() if found else None

    def answer(self, state: State, params: Params, ids: Iterable[str]) -> Object:
        """Do what is asked; raises `ApiError` for parameters that the route does not take."""
        for name in params.values.keys() - set(self.takes.split()) - EVERYWHERE:
            raise unknown(name)
        made = self.handler(state, params, *ids)
        return shown(state, made) if self.kept else made


def deleted(kept: Object) -> Object:
    """Return the answer to a deletion."""
    return {"id": kept["id"], "object": kept["object"], "deleted": True}


def find(routes: Iterable[Route], method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """Return the route of a request with the ids in its path; raises `ApiError` where there is none."""
    for route in routes:
        if (ids := route.match(method, path)) is not None:
            return route, ids
    text = f"Unrecognized request URL ({method}: {path[:200]}), or one that this sandbox does not simulate."
    raise invalid(text, status=404)
