from django.apps import AppConfig


class ProcessorConfig(AppConfig):
    name = "billing.processor"
    label = "processor"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing.processor import checks  # noqa: F401, PLC0415 (its import registers them)
