"""Ways of reading that should meet only the open organisation's rows.

Each takes the victim's row of a model and returns the rows, or their tenants' ids, that were met; none of them filters
by the open organisation itself. `BY_SQL` are those that no manager can see: row-level security stops them alone.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, models
from django.db.models import Count, Q

from tenants.models import Organization

Read = Callable[[models.Model], Iterable[Any]]


def tenant_column(model: type[models.Model]) -> str:
    """Return the column that names the tenant of a row."""
    return "id" if model is Organization else "org_id"


def org_of(row: models.Model) -> Any:  # noqa: ANN401 (a UUID)
    return getattr(row, tenant_column(type(row)))


def _rows(victims: models.Model) -> models.QuerySet[models.Model]:
    return type(victims)._default_manager.all()


def _of_victim(victims: models.Model) -> models.QuerySet[models.Model]:
    return _rows(victims).filter(**{tenant_column(type(victims)): org_of(victims)})


def everything(victims: models.Model) -> Iterable[Any]:
    return list(_rows(victims))


def by_base_manager(victims: models.Model) -> Iterable[Any]:
    return list(type(victims)._base_manager.all())


def by_id(victims: models.Model) -> Iterable[Any]:
    return [_rows(victims).get(pk=victims.pk)]


def by_tenant(victims: models.Model) -> Iterable[Any]:
    return list(_of_victim(victims))


def by_ids(victims: models.Model) -> Iterable[Any]:
    return list(_rows(victims).in_bulk([victims.pk]).values())


def by_either(victims: models.Model) -> Iterable[Any]:
    return list(_rows(victims).filter(Q(pk=victims.pk) | Q(pk__isnull=False)))


def by_subquery(victims: models.Model) -> Iterable[Any]:
    return list(_rows(victims).filter(pk__in=_of_victim(victims).values("pk")))


def by_union(victims: models.Model) -> Iterable[Any]:
    return list(_rows(victims).order_by().union(_of_victim(victims).order_by(), all=True))


def by_cursor_on_the_server(victims: models.Model) -> Iterable[Any]:
    return list(_rows(victims).iterator(chunk_size=2))


def as_values(victims: models.Model) -> Iterable[Any]:
    return list(_rows(victims).values_list(tenant_column(type(victims)), flat=True))


def as_deferred(victims: models.Model) -> Iterable[Any]:
    return list(_rows(victims).only("pk", tenant_column(type(victims))))


def as_count(victims: models.Model) -> Iterable[Any]:
    return [org_of(victims)] * _of_victim(victims).count()


def as_existence(victims: models.Model) -> Iterable[Any]:
    return [org_of(victims)] * _rows(victims).filter(pk=victims.pk).exists()


def as_groups(victims: models.Model) -> Iterable[Any]:
    column = tenant_column(type(victims))
    return [group[column] for group in _rows(victims).order_by().values(column).annotate(rows=Count("pk"))]


def by_refreshing(victims: models.Model) -> Iterable[Any]:
    guessed = type(victims)(pk=victims.pk)
    guessed.refresh_from_db()
    return [guessed]


def by_plain_queryset(victims: models.Model) -> Iterable[Any]:
    return list(models.QuerySet(type(victims)))


def by_raw(victims: models.Model) -> Iterable[Any]:
    return list(type(victims)._default_manager.raw(f"SELECT * FROM {type(victims)._meta.db_table}"))


def by_injected_condition(victims: models.Model) -> Iterable[Any]:
    return list(_rows(victims).extra(where=["true) OR (true"]))


def by_sql(victims: models.Model) -> Iterable[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {tenant_column(type(victims))} FROM {type(victims)._meta.db_table}")
        return [row[0] for row in cursor.fetchall()]


def by_copy(victims: models.Model) -> Iterable[Any]:
    """COPY does not pass the wrapper that opens the scope; it must not pass the policies either."""
    statement = f"COPY (SELECT {tenant_column(type(victims))}::text FROM {type(victims)._meta.db_table}) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return [org_of(victims) for row in copy.rows() if row[0] == str(org_of(victims))]


READS: tuple[Read, ...] = (
    everything,
    by_base_manager,
    by_id,
    by_tenant,
    by_ids,
    by_either,
    by_subquery,
    by_union,
    by_cursor_on_the_server,
    as_values,
    as_deferred,
    as_count,
    as_existence,
    as_groups,
    by_refreshing,
)
BY_SQL: tuple[Read, ...] = (by_plain_queryset, by_raw, by_injected_condition, by_sql, by_copy)
