"""Lists on pages: sorted by a column people may choose, cut by keyset, so that page 1,000 costs what page 1 does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
SIZE = 50
_SALT = "tenants.paging"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows shown, the order in force (``name``, ``-created_at``), and the cursor of the next page or ""."""

    rows: list[Row]
    sort: str
    next_cursor: str


def ordered_page(
    request: HttpRequest, rows: QuerySet[Row], sorts: Mapping[str, str], default: str, size: int = SIZE
) -> Page[Row]:
    """Return the page that ``?sort=`` and ``?cursor=`` ask for; what they name is looked up, never passed on.

    `sorts` maps the names people use to columns. Rows without a value come last, and the id breaks ties.
    """
    sort = request.GET.get("sort", "")
    if sort.removeprefix("-") not in sorts:
        sort = default
    column, descending = sorts[sort.removeprefix("-")], sort.startswith("-")
    order = F(column).desc(nulls_last=True) if descending else F(column).asc(nulls_last=True)
    after = _opened(request.GET.get("cursor", ""), sort)
    if after is not None:
        rows = rows.filter(_behind(column, descending, *after))
    found = list(rows.order_by(order, "id")[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, sort, _sealed(sort, found[-1], column) if more else "")


def _behind(column: str, descending: bool, value: Any, row_id: str) -> Q:  # noqa: ANN401 (a column's value)
    if value is None:
        return Q(**{f"{column}__isnull": True, "id__gt": row_id})
    beyond = Q(**{f"{column}__{'lt' if descending else 'gt'}": value})
    return beyond | Q(**{column: value, "id__gt": row_id}) | Q(**{f"{column}__isnull": True})


def _sealed(sort: str, last: Model, column: str) -> str:
    value: Any = last
    for part in column.split("__"):
        value = getattr(value, part)
    text = value.isoformat() if hasattr(value, "isoformat") else value
    return signing.dumps([sort, text, str(last.pk)], salt=_SALT, compress=True)


def _opened(cursor: str, sort: str) -> tuple[Any, str] | None:
    """Return the value and id that a cursor of ours holds; one that is not ours, or of another order, starts over."""
    try:
        of_sort, value, row_id = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    return (value, row_id) if of_sort == sort else None
