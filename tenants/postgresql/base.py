"""Django's PostgreSQL backend that tells the database, in every transaction, which scope is open.

The scope travels as one transaction-local setting, ``app.scope`` = ``org|user|credential|signature``. The signature is
an HMAC over the three parts and the backend's process id under a key that the application's role cannot read in the
database (``tenants.walls``): an SQL injection that calls ``set_config`` opens nothing. The setting is always local to a
transaction: a session-level one leaks into the next user of a pooled connection (measured).
"""

import hmac
from collections.abc import Callable, Mapping
from typing import Any, cast

import psycopg
from django.db import connection, transaction
from django.db.backends.postgresql import base

from tenants.scope import NOBODY, Scope, current_scope
from tenants.signature import scope_key

_SAVEPOINT_WORDS = ("SAVEPOINT", "RELEASE", "ROLLBACK")


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
        """Return the first row of a statement under `scope`, both in one round trip: PostgreSQL runs them as one."""
        self.ensure_connection()
        setting = scope_setting(scope, self.connection.info.backend_pid)
        self._forget(None if self.in_atomic_block else NOBODY)
        with self.wrap_database_errors:
            cursor = psycopg.ClientCursor(self.connection)
            self._logged(sql)
            cursor.execute(f"SELECT set_config('app.scope', %s, true);{sql}", [setting, *values])
            cursor.nextset()
            return cursor.fetchone()

    def _logged(self, sql: str) -> None:
        if self.queries_logged:
            self.queries_log.append({"sql": sql.strip(), "time": ""})

    def _assert(self, scope: Scope) -> None:
        with self.connection.cursor() as cursor:
            pid = self.connection.info.backend_pid
            cursor.execute("SELECT set_config('app.scope', %s, true)", [scope_setting(scope, pid)])
        self._asserted = scope

    def _forget(self, known: Scope | None = NOBODY) -> None:
        self._asserted = known

    def connect(self) -> None:
        self._forget()
        super().connect()

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
        """A rollback to a savepoint also undoes a `set_config` made since: nothing is known until asserted again."""
        self._forget(None)
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # not in the stubs


def scope_setting(scope: Scope, backend_pid: int) -> str:
    """Return the signed setting for `scope`; it is good on the connection of `backend_pid` only."""
    if scope == NOBODY:
        return ""
    parts = (str(scope.org_id or ""), str(scope.user_id or ""), (scope.credential or b"").hex())
    body = "|".join(parts)
    signature = hmac.digest(scope_key(), f"{body}|{backend_pid}".encode(), "sha256").hex()
    return f"{body}|{signature}"


direct = cast("DatabaseWrapper", connection)
"""The current thread's connection, for `ask` and `ask_as`."""
