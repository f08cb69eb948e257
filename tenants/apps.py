from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        from tenants import tasks  # noqa: F401, PLC0415 (its import registers the mail handler)

        post_migrate.connect(_store_scope_keys, sender=self)


def _store_scope_keys(using: str, **_: Any) -> None:  # noqa: ANN401
    """After each migration the database knows the keys under which this installation signs scopes."""
    from django.db import connections, transaction  # noqa: PLC0415 (apps are not ready when this module loads)

    from tenants.signature import hmac_pads  # noqa: PLC0415

    # In one transaction: a worker that is running meanwhile always finds a key.
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass('tenants_scopekey') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return
        cursor.execute("DELETE FROM tenants_scopekey")
        cursor.executemany("INSERT INTO tenants_scopekey VALUES (%s, %s)", hmac_pads())
