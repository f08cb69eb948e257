"""The open tenant: who the current code may read and write for. Floor: imports only Django.

Three things open a scope: the page middleware, the task base and `org_scope()`. Everything that reads tenant rows goes
through `OrgManager`, which raises without a scope; PostgreSQL's row-level security reads the same scope (see
``tenants.postgresql``) and is the second wall; composite keys (``tenants.walls``) are the third.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection, models, transaction


class ScopeMissing(RuntimeError):
    """Tenant rows were asked for while no tenant was open."""


class ScopeViolation(RuntimeError):
    """A row of one tenant was about to be written while another was open."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Who the database should believe is asking; an absent part opens nothing.

    `org_id` opens a tenant's rows, `user_id` the rows a person has in any tenant (memberships), `credential` the one
    row that stores its SHA-256 (an API key, an invitation).
    """

    org_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    credential: bytes | None = None


NOBODY = Scope()
_current: ContextVar[Scope] = ContextVar("tidegate_scope", default=NOBODY)


def current_scope() -> Scope:
    """Return the open scope; `NOBODY` when none is."""
    return _current.get()


def current_org_id() -> uuid.UUID:
    """Return the open tenant's id, or raise `ScopeMissing`."""
    org_id = _current.get().org_id
    if org_id is None:
        raise ScopeMissing("No organisation is open; wrap the code in org_scope(org_id).")
    return org_id


@contextmanager
def open_scope(scope: Scope) -> Iterator[None]:
    """Make `scope` the current one until the block ends, however it ends."""
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def org_scope(org_id: uuid.UUID) -> Iterator[None]:
    """Open one tenant's rows. `None` is refused: there is no scope that means everyone."""
    if not isinstance(org_id, uuid.UUID):
        raise TypeError(f"org_scope() takes the UUID of an organisation, not {type(org_id).__name__}.")
    with open_scope(Scope(org_id=org_id, user_id=_current.get().user_id)):
        yield


@contextmanager
def one_moment(org_id: uuid.UUID) -> Iterator[None]:
    """Open an organisation in a transaction that sees one moment, which has to be said before anything is asked."""
    with open_scope(NOBODY), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with org_scope(org_id):
            yield


def check_scope(row: models.Model) -> None:
    """Raise unless `row` belongs to the open tenant."""
    if getattr(row, "org_id", None) != current_org_id():
        raise ScopeViolation(f"This {row._meta.verbose_name} belongs to another organisation than the open one.")


Row = TypeVar("Row", bound=models.Model, covariant=True)


class OrgQuerySet(models.QuerySet[Row]):
    """Rows of the open tenant. Writes through it are checked to stay inside that tenant."""

    def update(self, **values: Any) -> int:  # noqa: ANN401 (Django's own signature)
        if "org" in values or "org_id" in values:
            raise ScopeViolation("A row cannot be moved to another organisation.")
        return super().update(**values)

    def bulk_create(
        self,
        objs: Iterable[Row],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> list[Row]:
        if update_conflicts:
            raise ScopeViolation("The row in conflict may be another organisation's.")
        rows = list(objs)
        for row in rows:
            check_scope(row)
        return super().bulk_create(rows, batch_size, ignore_conflicts, False, *args, **kwargs)

    def bulk_update(self, objs: Iterable[Row], fields: Iterable[str], batch_size: int | None = None) -> int:
        """Check each row; that none is moved is `update`'s matter, through which Django writes them."""
        rows = list(objs)
        for row in rows:
            check_scope(row)
        return super().bulk_update(rows, list(fields), batch_size)


class OrgManager(models.Manager[Row]):
    """The only manager of tenant models, and their base manager: it filters by the open tenant or raises."""

    def get_queryset(self) -> OrgQuerySet[Row]:
        return OrgQuerySet[Row](self.model, using=self._db).filter(org_id=current_org_id())


class OrgModel(models.Model):
    """A row that belongs to one organisation. `org` is set from the open scope and cannot change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    org = models.ForeignKey("tenants.Organization", on_delete=models.PROTECT, editable=False, related_name="+")

    objects: "OrgManager[Any]" = OrgManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own signature)
        super().__init__(*args, **kwargs)
        if not args and self.org_id is None:
            self.org_id = _current.get().org_id

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        check_scope(self)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:  # noqa: ANN401
        """Django deletes by the id alone, whatever the instance says of its tenant: so the stored row is asked."""
        check_scope(self)
        if not type(self)._base_manager.filter(pk=self.pk).exists():
            raise ScopeViolation(f"This {self._meta.verbose_name} is not a row of the open organisation.")
        return super().delete(*args, **kwargs)


class OrgForeignKey(models.ForeignKey):  # type: ignore[type-arg]  # generic in the stubs only
    """A reference to a row of the same organisation.

    Django's own constraint is left out: a plain foreign key is checked without row-level security, so it would accept,
    and tell of, another tenant's row. ``tenants.walls.Walls`` puts the composite one, (org_id, id), in its place.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:  # noqa: ANN401
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs
