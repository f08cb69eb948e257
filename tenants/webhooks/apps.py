from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "tenants.webhooks"
    label = "tenants_webhooks"
    default_auto_field = "django.db.models.BigAutoField"
