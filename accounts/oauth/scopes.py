"""What an application may ask a person for, and the sentence in which the person reads it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from oauth2_provider.scopes import BaseScopes

from tenants.permissions import PERSON_SCOPES, Permission

if TYPE_CHECKING:
    from accounts.oauth.models import Application

IDENTITY = {
    "openid": "Recognise you when you come back, by an identifier that stays the same",
    "profile": "See your name",
    "email": "See your e-mail address",
}
"""Scopes of OpenID Connect; they open no route of the API."""

_SAID_TO_THEM = {Permission.ME_READ: "See who you are here, and your role"}
EVERY: dict[str, str] = IDENTITY | {
    scope.value: _SAID_TO_THEM.get(scope, scope.sentence) for scope in Permission if scope in PERSON_SCOPES
}


def permissions(scope: str) -> frozenset[Permission]:
    """Return the permissions among the scopes of a token."""
    return frozenset(Permission(name) for name in scope.split() if name in EVERY and name not in IDENTITY)


def sentences(scopes: Iterable[str]) -> list[tuple[str, str]]:
    """Return each scope with its sentence, in the order of `EVERY`."""
    asked = set(scopes)
    return [(scope, sentence) for scope, sentence in EVERY.items() if scope in asked]


class Scopes(BaseScopes):  # type: ignore[misc]  # the package has no types
    """An application may ask for what it was registered with; what it asks for is what it names."""

    def get_all_scopes(self) -> dict[str, str]:
        return EVERY

    def get_available_scopes(
        self, application: "Application | None" = None, request: object = None, *args: object, **kwargs: object
    ) -> list[str]:
        return list(EVERY) if application is None else list(application.scopes)

    def get_default_scopes(
        self, application: "Application | None" = None, request: object = None, *args: object, **kwargs: object
    ) -> list[str]:
        return []
