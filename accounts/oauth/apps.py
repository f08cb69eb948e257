"""The authorization server, as an application of its own."""

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    name = "accounts.oauth"
    label = "oauth"
    default_auto_field = "django.db.models.BigAutoField"
