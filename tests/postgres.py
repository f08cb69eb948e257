"""The servers of one test run: those the environment names, or an embedded PostgreSQL made for the run.

pytest loads this plugin (``-p tests.postgres``) before Django's settings are read, since they are read from the
environment. Workers of a parallel run inherit the variables, and so share the server of the run that started them.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from config.local import servers, throw_away
from config.local.postgres import PostgresError


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    stack = ExitStack()
    early_config.add_cleanup(stack.close)
    try:
        _provide(stack)
    except (PostgresError, servers.IncompleteError) as error:
        raise pytest.UsageError(str(error)) from error
    return (yield)


def _provide(stack: ExitStack) -> None:
    """Set the variables of the run; a worker of a parallel run changes only where it writes its files."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        own = Path(os.environ["TIDEGATE_VAR"]) / worker
        own.mkdir()
        os.environ["TIDEGATE_VAR"] = str(own)
    else:
        os.environ.update(stack.enter_context(throw_away.environment(os.environ)))
        os.environ["TIDEGATE_TEST_DATABASE"] = f"test_tidegate_{os.getpid()}"
        stack.callback(_drop)


def _drop() -> None:
    """Drop the migrated database of the run (`migrated` in conftest), which a server that we were given would keep."""
    name = sql.Identifier(os.environ["TIDEGATE_TEST_DATABASE"])
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
