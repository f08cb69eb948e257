"""Taking one wall down, so that the other one is proved to hold alone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from unittest.mock import patch

from django.db import models

from tenants import scope
from tenants.models import Organization, OrganizationManager
from tests.isolation.allowed import ORGANIZATIONS
from tests.isolation.catalogue import Connection, tenant_tables


class Walls(Enum):
    """Which walls stand while an attack runs."""

    ALL = "all-walls"
    ORM_DOWN = "no-strict-manager"
    RLS_DOWN = "no-row-level-security"
    BOTH_DOWN = "neither"

    def __str__(self) -> str:
        return self.value


@contextmanager
def lowered(walls: Walls, owner: Callable[[], Connection]) -> Iterator[None]:
    """Take down what `walls` says until the block ends; `owner` connects as the owner of the tables."""
    with ExitStack() as stack:
        if walls in {Walls.ORM_DOWN, Walls.BOTH_DOWN}:
            stack.enter_context(_orm_down())
        if walls in {Walls.RLS_DOWN, Walls.BOTH_DOWN}:
            stack.enter_context(_rls_down(owner))
        yield


@contextmanager
def _orm_down() -> Iterator[None]:
    """Managers return every row, and nothing checks what is written."""
    plain = models.QuerySet

    def every_row(manager: models.Manager[models.Model]) -> models.QuerySet[models.Model]:
        return plain(manager.model, using=manager._db)

    def every_organization(manager: OrganizationManager) -> models.QuerySet[Organization]:
        return plain(manager.model, using=manager._db)

    with ExitStack() as stack:
        stack.enter_context(patch.object(scope.OrgManager, "get_queryset", every_row))
        stack.enter_context(patch.object(OrganizationManager, "get_queryset", every_organization))
        stack.enter_context(patch.object(scope, "check_scope", lambda row: None))
        stack.enter_context(patch.object(scope.OrgModel, "save", models.Model.save))
        stack.enter_context(patch.object(scope.OrgModel, "delete", models.Model.delete))
        stack.enter_context(patch.object(Organization, "save", models.Model.save))
        yield


@contextmanager
def _rls_down(owner: Callable[[], Connection]) -> Iterator[None]:
    """Every tenant table without row-level security; it is back, as it was, when the block ends."""
    with owner() as connection:
        connection.execute("SET lock_timeout = '20s'")
        tables = [*tenant_tables(connection), ORGANIZATIONS]
        _alter(connection, tables, "DISABLE")
        try:
            yield
        finally:
            _alter(connection, tables, "ENABLE")


def _alter(connection: Connection, tables: list[str], action: str) -> None:
    connection.execute(";".join(f"ALTER TABLE {table} {action} ROW LEVEL SECURITY" for table in tables).encode())
    connection.commit()
