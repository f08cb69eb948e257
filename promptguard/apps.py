from django.apps import AppConfig


class PromptGuardConfig(AppConfig):
    name = "promptguard"
