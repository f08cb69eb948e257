from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "accounts.risk"
    label = "risk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.risk import signals  # noqa: F401, PLC0415 (its import connects it)
