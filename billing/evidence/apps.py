from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "billing.evidence"
    label = "evidence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing.disputes.cards import shows  # noqa: PLC0415 (models are loaded by now)
        from billing.evidence import tasks  # noqa: F401, PLC0415 (its import registers what wakes a worker)
        from billing.evidence.shown import card  # noqa: PLC0415

        shows("evidence/dispute_card.html", card)
