"""A customer's application: an API key and the ways it calls."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from accounts.models import ApiKey
from tests.people import Person

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


@dataclass(frozen=True, slots=True)
class Application:
    """Calls `/v1` with one key."""

    key: ApiKey
    secret: str

    def post(self, path: str, body: Any, **headers: str) -> "Response":  # noqa: ANN401 (JSON)
        return Client(headers=self._headers(headers)).post(path, body, content_type="application/json")

    def raw(self, path: str, body: bytes, content_type: str = "application/json", **headers: str) -> "Response":
        return Client(headers=self._headers(headers)).post(path, body, content_type=content_type)

    def get(self, path: str, **query: str) -> "Response":
        return Client(headers=self._headers({})).get(path, query)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"authorization": f"Bearer {self.secret}"} | more


@pytest.fixture
def app(olga: Person) -> Application:
    """An application of Acme, with every scope a key can carry."""
    return Application(*olga.key())


@pytest.fixture
def stranger(eve: Person) -> Application:
    """An application of Globex."""
    return Application(*eve.key())
