"""Promises 5 and 6: what a decision of the policy and an uncached key check cost in CPU."""

import time
import uuid
from collections.abc import Callable

from django.db import connection

from accounts.authentication import read_again
from benchmarks import site
from tenants.credentials import credential_hash
from tenants.permissions import Permission, Role
from tenants.policy import decide
from tenants.principal import Principal, PrincipalKind, Resource

ROUNDS = 2000


def main() -> None:
    """Print microseconds of this process's CPU for each step, beside a bare query."""
    site.migrated()
    _, key = site.customer()
    key_hash = credential_hash(key)
    tenant = uuid.uuid4()
    principal = Principal(
        PrincipalKind.API_KEY, "k", tenant, role=Role.DEVELOPER, scopes=frozenset({Permission.GUARD_CHECK})
    )
    resource = Resource("guard", tenant)
    fresh = decide.__wrapped__
    _line("policy decision, evaluated", lambda: fresh(principal, Permission.GUARD_CHECK, resource))
    _line("policy decision, remembered", lambda: decide(principal, Permission.GUARD_CHECK, resource))
    _line("a bare SELECT 1 through Django", _select)
    _line("key check, not remembered", lambda: read_again(key_hash))


def _select() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def _line(name: str, step: Callable[[], object]) -> None:
    for _ in range(50):
        step()
    started = time.process_time()
    for _ in range(ROUNDS):
        step()
    spent = (time.process_time() - started) / ROUNDS
    print(f"  {name:32s}{spent * 1e6:8.1f} µs CPU")
