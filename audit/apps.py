from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit import tasks  # noqa: F401, PLC0415 (its import registers what wakes a worker)
