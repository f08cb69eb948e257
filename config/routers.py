"""Which database role does what: the owner migrates, the application reads and writes, the operator only reads."""

from typing import Any


class OwnerMigrates:
    """Migrations run as the owner; all aliases are the same database."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:  # noqa: ANN401
        return db == "owner"

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool | None:  # noqa: ANN401
        return True
