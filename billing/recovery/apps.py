from django.apps import AppConfig


class RecoveryConfig(AppConfig):
    name = "billing.recovery"
    label = "recovery"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing.recovery import handlers  # noqa: F401, PLC0415 (its import registers them)
