"""What a caller of ``/v1`` presented: an API key, or an access token. Both are then asked the same questions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from accounts import authentication
from accounts.authentication import Credential
from accounts.oauth import bearer

_TOKEN = "bearer ey"
"""How a JSON Web Token begins: with the base64url of a brace and a quote."""


class Held(Protocol):
    """Something well formed that was presented. The first two raise `Unauthenticated` if nobody's."""

    def remembered(self) -> Credential:
        """Return the credential as this worker remembers it, or as the database has it."""

    def read_again(self) -> Credential:
        """Return the credential as the database has it now."""

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

    def note_use(self, credential: Credential, now: datetime) -> None:
        authentication.note_use(credential, now)


def held(authorization: str) -> Held:
    """Return what an `Authorization` header presents; raises `Unauthenticated` unless it is well formed."""
    if authorization[: len(_TOKEN)].lower() == _TOKEN:
        return bearer.presented(authorization.partition(" ")[2])
    return Key(authentication.presented(authorization))
