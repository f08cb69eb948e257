from django.apps import AppConfig

from audit import retention


class DisputesConfig(AppConfig):
    name = "billing.disputes"
    label = "disputes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing.disputes import handlers, proposals  # noqa: F401, PLC0415 (registers who hears of what)

        retention.also("ledger_expire")
