from django.apps import AppConfig


class EntitlementsConfig(AppConfig):
    name = "billing.entitlements"
    label = "entitlements"
