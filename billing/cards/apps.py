from django.apps import AppConfig


class CardsConfig(AppConfig):
    name = "billing.cards"
    label = "cards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing.cards import stored  # noqa: F401, PLC0415 (its import connects it)
