from django.apps import AppConfig

from audit import retention


class DisputesConfig(AppConfig):
    name = "billing.disputes"
    label = "disputes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        retention.also("ledger_expire")
