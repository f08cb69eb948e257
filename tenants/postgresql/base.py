"""Django's PostgreSQL backend that tells the database, in every transaction, which scope is open.

The scope travels as one transaction-local setting, ``app.scope`` = ``org|user|credential|signature``. The signature is
an HMAC over the three parts and the backend's process id under a key that the application's role cannot read in the
database (``tenants.walls``): an SQL injection that calls ``set_config`` opens nothing. The setting is always local to a
transaction: a session-level one leaks into the next user of a pooled connection (measured).
"""

import hmac
from collections.abc import Callable
from typing import Any

from django.db import transaction
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
