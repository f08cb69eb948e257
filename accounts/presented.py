"""What a caller of ``/v1`` presented: an API key, or an access token. Both are then asked the same questions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.http import HttpRequest

from accounts import authentication
from accounts.authentication import Credential
from accounts.oauth import bearer

_TOKENS = ("bearer ey", "dpop ey")
"""How a JSON Web Token begins: with the base64url of a brace and a quote."""
_LONGEST = max(map(len, _TOKENS))


class Held(Protocol):
    """Something well formed that was presented. The first three raise `Unauthenticated` if it is no good."""

    def remembered(self) -> Credential:
        """Return the credential as this worker remembers it, or as the database has it."""

    def read_again(self) -> Credential:
        """Return the credential as the database has it now."""

    def prove(self, request: HttpRequest) -> None:
        """Look at what must come with it, once it is known to be somebody's."""

    def note_use(self, credential: Credential, now: datetime) -> None:
        """Keep when it was last used; the tenant's scope must be open."""


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, by its hash."""

    hash: bytes

    def remembered(self) -> Credential:
        return authentication.remembered(self.hash)

    def read_again(self) -> Credential:
        return authentication.read_again(self.hash)

    def prove(self, request: HttpRequest) -> None:
        """A key is all there is."""

    def note_use(self, credential: Credential, now: datetime) -> None:
        authentication.note_use(credential, now)


def held(authorization: str) -> Held:
    """Return what an `Authorization` header presents; raises `Unauthenticated` unless it is well formed."""
    if authorization[:_LONGEST].lower().startswith(_TOKENS):
        return bearer.presented(authorization.partition(" ")[2])
    return Key(authentication.presented(authorization))
