"""Service identities, as an application of their own."""

from django.apps import AppConfig


class WorkloadsConfig(AppConfig):
    name = "accounts.workloads"
    label = "workloads"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.workloads import owned  # noqa: F401, PLC0415 (its import tells of them)
