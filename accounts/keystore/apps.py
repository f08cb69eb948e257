"""The keys that sign tokens, as an application of their own: its tables belong to no tenant."""

from django.apps import AppConfig


class KeystoreConfig(AppConfig):
    name = "accounts.keystore"
    label = "keystore"
    default_auto_field = "django.db.models.BigAutoField"
