from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Stands before ``djstripe`` among the installed apps: its patches are there before dj-stripe does anything."""

    name = "billing.vault"
    label = "vault"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing.vault import compat, fields  # noqa: PLC0415 (they import dj-stripe's models)

        fields.install()
        compat.install()
