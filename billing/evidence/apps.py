from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "billing.evidence"
    label = "evidence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing.evidence import tasks  # noqa: F401, PLC0415 (its import registers what wakes a worker)
