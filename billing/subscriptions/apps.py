from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "billing.subscriptions"
    label = "subscriptions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing.subscriptions import handlers, owed  # noqa: F401, PLC0415 (their import registers what they do)
        from billing.subscriptions.entitling import begin  # noqa: PLC0415 (apps are loaded only now)
        from tenants.services.organizations import on_founding  # noqa: PLC0415

        on_founding(begin)
