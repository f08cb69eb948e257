"""Django's PostgreSQL backend that tells the database, in every transaction, which scope is open.

The scope travels as one text, ``org|user|credential|signature``, to the function ``tidegate_open``. The signature is an
HMAC over the three parts and the backend's process id under a key that the application's role cannot read in the
database, so an SQL injection opens nothing. The function leaves the setting ``app.scope`` for row-level security,
signed anew for this transaction: one that is kept for the session opens nothing either.

The text is always bound by the server, never written into the statement: all connections of a role may read each
other's statements in ``pg_stat_activity``, and one that comes to the same connection later could use what it read.
"""

import hmac
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, cast

import psycopg
from django.db import connection, connections, transaction
from django.db.backends.postgresql import base

from tenants.postgresql.connections import OWNER, UnboundRole, was_cut, weakness_of_role
from tenants.scope import NOBODY, Scope, current_scope
from tenants.signature import scope_key

_OPEN = "SELECT tidegate_open(%s)"
_SAVEPOINT_WORDS = ("SAVEPOINT", "RELEASE", "ROLLBACK")
_bound_roles: set[tuple[str, ...]] = set()


class DatabaseWrapper(base.DatabaseWrapper):
    """Asserts the open scope before the first statement that needs it, and forgets it with the transaction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own signature)
        super().__init__(*args, **kwargs)
        self._asserted: Scope | None = NOBODY
        self.execute_wrappers.append(self._in_scope)

    def _in_scope(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: ANN401
        scope = current_scope()
        if scope == self._asserted or str(sql).startswith(_SAVEPOINT_WORDS):
            return execute(sql, params, many, context)
        if self.in_atomic_block:
            self._assert(scope)
            return execute(sql, params, many, context)
        with transaction.atomic(using=self.alias):
            self._assert(scope)
            return execute(sql, params, many, context)

    def ask(self, sql: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the one row of a statement that needs no scope.

        Prepared on the server and past Django's cursors, which bind in Python and would cost twice the statement: for
        what every inference call waits for.
        """
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor = psycopg.Cursor(self.connection)
            self._logged(sql)
            return cursor.execute(sql, values, prepare=True, binary=True).fetchone() or ()

    def ask_as(self, scope: Scope, sql: str, values: list[Any]) -> tuple[Any, ...] | None:
        """Return the first row of a statement under `scope`, both in one round trip: a pipeline is one transaction."""
        self._past_django()
        with self.wrap_database_errors, self.connection.pipeline():
            self._open(scope)
            self._logged(sql)
            return psycopg.Cursor(self.connection).execute(sql, values, prepare=True).fetchone()

    def call_as(self, scope: Scope, sql: str, values: list[Any]) -> tuple[Any, ...]:
        """Return the one row of a function that opens `scope` itself, by the signed text that is its first argument."""
        self._past_django()
        with self.wrap_database_errors:
            cursor = psycopg.Cursor(self.connection)
            self._logged(sql)
            signed = signed_scope(scope, self.connection.info.backend_pid)
            return cursor.execute(sql, [signed, *values], prepare=True, binary=True).fetchone() or ()

    def _past_django(self) -> None:
        """Connect, and forget which scope is open: the statement that follows opens its own."""
        self.ensure_connection()
        self._forget(NOBODY if self.autocommit else None)

    def _logged(self, sql: str) -> None:
        if self.queries_logged:
            self.queries_log.append({"sql": sql.strip(), "time": ""})

    def _assert(self, scope: Scope) -> None:
        self._open(scope)
        self._asserted = scope

    def _open(self, scope: Scope) -> None:
        signed = signed_scope(scope, self.connection.info.backend_pid)
        psycopg.Cursor(self.connection).execute(_OPEN, [signed], prepare=True)

    def _forget(self, known: Scope | None = NOBODY) -> None:
        self._asserted = known

    def connect(self) -> None:
        self._forget()
        super().connect()
        if self.alias != OWNER:
            self._refuse_unbound_role()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:  # noqa: ANN401 (Django's own signature)
        connection = super().get_new_connection(conn_params)
        while self.pool and was_cut(connection):
            connection.close()
            self.pool.putconn(connection)  # which makes another in its place
            connection = super().get_new_connection(conn_params)
        return connection

    def _refuse_unbound_role(self) -> None:
        """Raise `UnboundRole` where the walls do not hold this role; each is asked about once in a process."""
        role = (self.settings_dict["HOST"], self.settings_dict["PORT"], self.settings_dict["USER"])
        if role in _bound_roles:
            return
        if weakness := weakness_of_role(self.connection):
            self.close()
            raise UnboundRole(f"The database role of {self.alias!r} {weakness}.")
        _bound_roles.add(role)

    def _commit(self) -> None:
        self._forget()
        super()._commit()  # type: ignore[misc]  # not in the stubs

    def _rollback(self) -> None:
        self._forget()
        super()._rollback()  # type: ignore[misc]  # not in the stubs

    def _set_autocommit(self, autocommit: bool) -> None:
        self._forget()
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # not in the stubs

    def _savepoint_rollback(self, sid: str) -> None:
        """A rollback to a savepoint also undoes what was opened since: nothing is known until asserted again."""
        self._forget(None)
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # not in the stubs


def signed_scope(scope: Scope, backend_pid: int) -> str:
    """Return what opens `scope` on the connection of `backend_pid`, and on no other."""
    if scope == NOBODY:
        return ""
    parts = (str(scope.org_id or ""), str(scope.user_id or ""), (scope.credential or b"").hex())
    body = "|".join(parts)
    signature = hmac.digest(scope_key(), f"{body}|{backend_pid}".encode(), "sha256").hex()
    return f"{body}|{signature}"


_of_parents: list[object] = []


def _begin_anew() -> None:
    """Leave a forked process without its parent's connections: two that read from one socket eat each other's answers.

    They are kept and never closed here: that would end the parent's session. Their pool's threads were not forked.
    """
    for alias in connections:
        with suppress(AttributeError):
            _of_parents.append(connections[alias])
            del connections[alias]
    pools = DatabaseWrapper._connection_pools  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
    _of_parents.append(dict(pools))
    pools.clear()
    _bound_roles.clear()  # roles may have been changed since the parent asked


os.register_at_fork(after_in_child=_begin_anew)

direct = cast("DatabaseWrapper", connection)
"""The current thread's connection, for `ask`, `ask_as` and `call_as`."""
