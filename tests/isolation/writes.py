"""Ways of writing that should not reach another organisation's rows.

Each takes the victim's row and the attacker's own row of the same model. `BY_SQL` are those that go around every check
of ours in Python: row-level security alone stops them.
"""

import secrets
import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection, models
from django.utils import timezone

from audit.ids import new_decision_id
from audit.models import Decision
from tests.isolation.reads import org_of, tenant_column

Write = Callable[[models.Model, models.Model], None]


def _manager(row: models.Model) -> models.Manager[models.Model]:
    return type(row)._default_manager


def _copy(row: models.Model, **changes: Any) -> models.Model:  # noqa: ANN401 (values of any field)
    """Return an unsaved row like `row`, unlike it where values must be unique."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    values["id"] = new_decision_id() if isinstance(row, Decision) else uuid.uuid4()
    fresh = {"hash": secrets.token_bytes(32), "slug": secrets.token_hex(8), "active": False}
    fresh["version"] = secrets.randbelow(10**6) + 10
    return type(row)(**values | {name: value for name, value in fresh.items() if name in values} | changes)


def _planted(victims: models.Model, own: models.Model) -> models.Model:
    return _copy(own, **({tenant_column(type(own)): org_of(victims)} if tenant_column(type(own)) == "org_id" else {}))


def _forged(victims: models.Model, own: models.Model) -> models.Model:
    """Return the victim's row as if it were the attacker's."""
    return _copy(victims, id=victims.pk, **({"org_id": org_of(own)} if tenant_column(type(own)) == "org_id" else {}))


def _tenant_field(row: models.Model) -> str:
    """Return the name of the field that holds the tenant; an organisation can only try to take another's place."""
    names = {field.attname: field.name for field in row._meta.concrete_fields}
    return names.get("org_id", "slug")


def _changed(row: models.Model) -> dict[str, Any]:
    """Return one column of a row with a value to write; the same value again is a write too, and shows."""
    names = [field.attname for field in row._meta.concrete_fields if not (field.is_relation or field.primary_key)]
    name = "created_at" if "created_at" in names else names[-1]
    return {name: timezone.now() if name == "created_at" else getattr(row, name)}


def update_everything(victims: models.Model, own: models.Model) -> None:
    _manager(own).update(**_changed(own))


def update_by_id(victims: models.Model, own: models.Model) -> None:
    _manager(own).filter(pk=victims.pk).update(**_changed(own))


def update_by_base_manager(victims: models.Model, own: models.Model) -> None:
    type(own)._base_manager.filter(pk=victims.pk).update(**_changed(own))


def move_into(victims: models.Model, own: models.Model) -> None:
    _manager(own).filter(pk=own.pk).update(**{tenant_column(type(own)): org_of(victims)})


def move_by_saving(victims: models.Model, own: models.Model) -> None:
    moved = _copy(own, id=own.pk)
    setattr(moved, tenant_column(type(own)), org_of(victims))
    moved._state.adding = False
    moved.save()


def move_by_bulk_update(victims: models.Model, own: models.Model) -> None:
    moved = _planted(victims, own)
    moved.pk = own.pk
    _manager(own).bulk_update([moved], [_tenant_field(own)])


def delete_by_id(victims: models.Model, own: models.Model) -> None:
    _manager(own).filter(pk=victims.pk).delete()


def delete_by_tenant(victims: models.Model, own: models.Model) -> None:
    _manager(own).filter(**{tenant_column(type(own)): org_of(victims)}).delete()


def delete_an_instance(victims: models.Model, own: models.Model) -> None:
    _copy(victims, id=victims.pk).delete()


def delete_a_forged_instance(victims: models.Model, own: models.Model) -> None:
    _forged(victims, own).delete()


def save_an_instance(victims: models.Model, own: models.Model) -> None:
    changed = _copy(victims, id=victims.pk, **_changed(victims))
    changed._state.adding = False
    changed.save()


def save_a_forged_instance(victims: models.Model, own: models.Model) -> None:
    changed = _forged(victims, own)
    changed._state.adding = False
    changed.save()


def save_some_fields_of_a_forged_instance(victims: models.Model, own: models.Model) -> None:
    changed = _forged(victims, own)
    changed._state.adding = False
    changed.save(update_fields=[*_changed(own)])


def create_for(victims: models.Model, own: models.Model) -> None:
    _planted(victims, own).save(force_insert=True)


def create_many_for(victims: models.Model, own: models.Model) -> None:
    _manager(own).bulk_create([_planted(victims, own)])


def create_over(victims: models.Model, own: models.Model) -> None:
    """INSERT … ON CONFLICT DO UPDATE with the id of the victim's row."""
    _manager(own).bulk_create(
        [_forged(victims, own)], update_conflicts=True, unique_fields=["id"], update_fields=[*_changed(own)]
    )


def update_or_create(victims: models.Model, own: models.Model) -> None:
    _manager(own).update_or_create(pk=victims.pk, defaults=_changed(own))


def get_or_create_for(victims: models.Model, own: models.Model) -> None:
    planted = _planted(victims, own)
    values = {field.attname: getattr(planted, field.attname) for field in planted._meta.concrete_fields}
    _manager(own).get_or_create(pk=planted.pk, defaults=values)


def bulk_update(victims: models.Model, own: models.Model) -> None:
    _manager(own).bulk_update([_copy(victims, id=victims.pk)], [*_changed(own)])


def bulk_update_a_forged_instance(victims: models.Model, own: models.Model) -> None:
    _manager(own).bulk_update([_forged(victims, own)], [*_changed(own)])


def save_past_the_model(victims: models.Model, own: models.Model) -> None:
    _planted(victims, own).save_base(force_insert=True)


def update_by_plain_queryset(victims: models.Model, own: models.Model) -> None:
    models.QuerySet(type(own)).filter(pk=victims.pk).update(**_changed(own))


def update_by_sql(victims: models.Model, own: models.Model) -> None:
    column = next(iter(_changed(own)))
    _execute(f"UPDATE {own._meta.db_table} SET {column} = {column}")


def move_by_sql(victims: models.Model, own: models.Model) -> None:
    column, table = tenant_column(type(own)), own._meta.db_table
    _execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", org_of(victims), own.pk)


def delete_by_sql(victims: models.Model, own: models.Model) -> None:
    _execute(f"DELETE FROM {own._meta.db_table} WHERE id = %s", victims.pk)


def _execute(statement: str, *values: Any) -> None:  # noqa: ANN401 (values of any column)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


WRITES: tuple[Write, ...] = (
    update_everything,
    update_by_id,
    update_by_base_manager,
    move_into,
    move_by_saving,
    move_by_bulk_update,
    delete_by_id,
    delete_by_tenant,
    delete_an_instance,
    delete_a_forged_instance,
    save_an_instance,
    save_a_forged_instance,
    save_some_fields_of_a_forged_instance,
    create_for,
    create_many_for,
    create_over,
    update_or_create,
    get_or_create_for,
    bulk_update,
    bulk_update_a_forged_instance,
)
BY_SQL: tuple[Write, ...] = (
    save_past_the_model,
    update_by_plain_queryset,
    update_by_sql,
    move_by_sql,
    delete_by_sql,
)
