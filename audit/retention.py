"""The end of what is past its organisation's retention. The database has a function for each kind of row.

The application may not delete these rows itself. The functions take neither an organisation nor a time: they go by the
open scope, by the plan that the organisation has, and by the holds that lie on it.
"""

from django.db import connection

BATCH = 5_000
"""Rows in one statement: about a tenth of a second of locks."""
_functions = ["audit_expire"]


def also(function: str) -> None:
    """Have `function(most)` called too, which deletes up to `most` rows and returns how many; when apps are loaded."""
    if function not in _functions:
        _functions.append(function)


def expire() -> int:
    """Delete what is past its time in the open organisation, each batch committed; returns how many rows were."""
    return sum(_emptied(function) for function in _functions)


def _emptied(function: str) -> int:
    gone, last = 0, BATCH
    while last == BATCH:
        last = _called(function)
        gone += last
    return gone


def _called(function: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [BATCH])
        row: tuple[int] = cursor.fetchone()
    return row[0]
