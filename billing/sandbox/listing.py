"""Lists: newest first, a page at a time."""

from billing.sandbox.faults import invalid
from billing.sandbox.objects.template import Object, listed
from billing.sandbox.params import Params
from billing.sandbox.rendering import shown
from billing.sandbox.routing import Route
from billing.sandbox.state import State

#: Parameters that every list takes.
PAGING = "limit starting_after ending_before created"
USUAL, MOST = 10, 100


def one(kind: str, path: str, takes: str = "") -> Route:
    """Return the route to an object of a kind by its id."""
    return Route("GET", path, lambda state, params, key: state.get(kind, key), takes)


def every(kind: str, path: str, by: str = "") -> Route:
    """Return the route to all objects of a kind; `by` are the fields by which some of them can be asked for."""

    def answer(state: State, params: Params) -> Object:
        wanted = {name: params.text(name) for name in by.split() if name in params}
        return page(state, state.every(kind, **wanted), params, path)

    return Route("GET", path, answer, f"{by} {PAGING}", kept=False)


def page(state: State, rows: list[Object], params: Params, url: str) -> Object:
    """Return the page of `rows` (oldest first) that the parameters ask for."""
    rows = _created(rows[::-1], params)
    limit = params.integer("limit", 1) or USUAL
    if limit > MOST:
        raise invalid("This value must be less than or equal to 100 (it currently is more).", "limit")
    after, before = params.text("starting_after"), params.text("ending_before")
    if after:
        rows = rows[_place(rows, after, "starting_after") + 1 :]
    if before:
        rows = rows[: _place(rows, before, "ending_before")][-limit:]
    return listed(url, [shown(state, row) for row in rows[:limit]], len(rows) > limit)


def _place(rows: list[Object], key: str, param: str) -> int:
    for place, row in enumerate(rows):
        if row["id"] == key:
            return place
    raise invalid(f"No such object: '{key[:100]}'", param, "resource_missing")


def _created(rows: list[Object], params: Params) -> list[Object]:
    """Keep the rows made within the bounds of ``created``, which is a moment or up to two bounds."""
    if isinstance(params.values.get("created"), str):
        moment = params.integer("created")
        return [row for row in rows if row["created"] == moment]
    bounds = params.part("created")
    least = max(bounds.integer("gte") or 0, (bounds.integer("gt") or -1) + 1)
    ends = [
        each for each in (bounds.integer("lte"), (bounds.integer("lt") or 0) - 1 if "lt" in bounds else None) if each
    ]
    return [row for row in rows if row.get("created", 0) >= least and all(row["created"] <= end for end in ends)]
