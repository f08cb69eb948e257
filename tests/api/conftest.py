"""A customer's application: an API key and the ways it calls."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import ApiKey
from tests.people import Person


@dataclass(frozen=True, slots=True)
class Application:
    """Calls `/v1` with one key."""

    key: ApiKey
    secret: str

    def post(self, path: str, body: Any, **headers: str) -> HttpResponse:  # noqa: ANN401 (JSON)
        return Client(headers=self._headers(headers)).post(path, body, content_type="application/json")  # type: ignore[return-value]

    def raw(self, path: str, body: bytes, content_type: str = "application/json") -> HttpResponse:
        return Client(headers=self._headers({})).post(path, body, content_type=content_type)  # type: ignore[return-value]

    def get(self, path: str, **query: str) -> HttpResponse:
        return Client(headers=self._headers({})).get(path, query)  # type: ignore[return-value]

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
