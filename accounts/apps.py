from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import notices, recovery_codes, signals  # noqa: F401, PLC0415 (their import connects them)

        recovery_codes.take_over()
