"""Single sign-on: a tenant's people sign in through the identity provider of their own organisation."""

from django.apps import AppConfig


class SsoConfig(AppConfig):
    name = "accounts.sso"
    label = "sso"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.sso import arrivals, mails  # noqa: F401, PLC0415 (their import connects them)
