from django.apps import AppConfig


class RefundsConfig(AppConfig):
    name = "billing.refunds"
    label = "refunds"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing.refunds import handlers, sending  # noqa: F401, PLC0415 (their import registers them)
