"""The mirror's tokens are made anew while the secret key is replaced, all in one transaction: rows refer by them."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models.functions import Cast
from djstripe.fields import JSONField, StripeIdField

from billing.vault.scope import processor_scope
from billing.vault.tokens import TOKEN, open_id, present_mark, renew
from tenants.encryption import Resealed, SealBroken


def columns() -> Iterator[tuple[str, str, str, str]]:
    """Yield (table, key column, column, type) of all that may hold tokens."""
    for model in apps.get_app_config("djstripe").get_models(include_auto_created=True):
        for field in model._meta.local_concrete_fields:
            stored = field.target_field if isinstance(field, models.ForeignKey) else field
            if isinstance(stored, StripeIdField | JSONField):
                yield (
                    model._meta.db_table,
                    str(model._meta.pk.column),
                    str(field.column),
                    field.db_type(connection) or "text",
                )


def reseal_mirror() -> list[Resealed]:
    """Make the tokens anew that a former key made; one that cannot be opened leaves everything as it is."""
    try:
        with processor_scope(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            return [outcome for column in columns() for outcome in _reseal(cursor, *column)]
    except SealBroken:
        return [Resealed.BROKEN]


def _reseal(cursor: Any, table: str, key: str, column: str, kind: str) -> Iterator[Resealed]:  # noqa: ANN401 (Django's)
    """Yield what became of each row; the names come from the models."""
    cursor.execute(f"SELECT {key}, {column}::text FROM {table} WHERE position('v1~' IN {column}::text) > 0")  # noqa: S608
    for row, text in cursor.fetchall():
        anew = renew(text)
        if anew != text:
            cursor.execute(f"UPDATE {table} SET {column} = %s::{kind} WHERE {key} = %s", [anew, row])  # noqa: S608
        yield Resealed.PRESENT if anew == text else Resealed.ANEW


def reseal_ids(rows: models.QuerySet[Any], field: str) -> list[Resealed]:
    """Make the tokens of one column of our own tables anew, row by row; in a transaction."""
    done: list[Resealed] = []
    stored = rows.select_for_update().annotate(stored=Cast(field, models.TextField())).values_list("pk", "stored")
    for row, token in stored:
        if not TOKEN.fullmatch(token) or token.startswith(present_mark()):
            done.append(Resealed.PRESENT)
            continue
        try:
            rows.filter(pk=row).update(**{field: open_id(token)})
            done.append(Resealed.ANEW)
        except SealBroken:
            done.append(Resealed.BROKEN)
    return done


def is_uniform() -> bool:
    """Tell whether no customer stands under a former key: a lookup finds tokens of the present one alone."""
    asked = "SELECT EXISTS (SELECT FROM djstripe_customer WHERE id LIKE 'v1~%%' AND NOT starts_with(id, %s))"
    with processor_scope(), connection.cursor() as cursor:
        cursor.execute(asked, [present_mark()])
        return not cursor.fetchone()[0]
