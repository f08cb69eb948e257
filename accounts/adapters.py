"""The seam to allauth: what it may do, and how its secrets are stored."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from tenants.encryption import seal, unseal

_FACTORS = "mfa_authenticator|data"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up is open; whoever signs up belongs to no organisation until they create or join one."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True

    def populate_username(self, request: HttpRequest, user: Any) -> None:  # noqa: ANN401
        """There are no user names."""


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors' secrets are sealed; allauth stores them in clear unless told otherwise."""

    def encrypt(self, text: str) -> str:
        return seal(text.encode(), _FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, _FACTORS).decode()
