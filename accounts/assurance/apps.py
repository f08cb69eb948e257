"""How surely a tenant wants its people known: its security policy, the confirmation of acts, recovery, break-glass."""

from django.apps import AppConfig


class AssuranceConfig(AppConfig):
    name = "accounts.assurance"
    label = "assurance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.assurance import signals  # noqa: F401, PLC0415 (its import connects them)
