"""The foreign issuer's program as a test drives it."""

import json
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from accounts.workloads import issuers
from accounts.workloads.issuers import IssuerRequest
from accounts.workloads.models import TrustedIssuer
from tenants.permissions import Permission
from tests.accounts.workloads.services import Service

AUDIENCE = "https://tidegate.example"
SUBJECT = "repo:acme/web-shop:ref:refs/heads/main"


@dataclass(frozen=True, slots=True)
class Foreign:
    """An issuer in another process."""

    url: str

    def get(self, path: str, **query: str) -> bytes:
        with urllib.request.urlopen(f"{self.url}{path}?{urllib.parse.urlencode(query)}", timeout=20) as answer:
            body: bytes = answer.read()
        return body

    def token(self, kid: str = "", **changed: Any) -> str:  # noqa: ANN401 (JSON)
        """Return a token as the issuer signs it; `None` leaves a claim out."""
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": SUBJECT} | changed
        return self.get("/token", claims=json.dumps(claims), **({"kid": kid} if kid else {})).decode()

    def asked(self, path: str) -> int:
        """Return how often the issuer was asked for `path`."""
        return int(json.loads(self.get("/asked")).get(path, 0))

    def trusted(self, service: Service, **changed: Any) -> TrustedIssuer:  # noqa: ANN401 (any field)
        """Have the service trust the issuer."""
        values = {"name": "Pipeline", "issuer": self.url, "jwks_url": f"{self.url}/jwks", "audience": AUDIENCE}
        wanted = IssuerRequest(**(values | {"subject": SUBJECT} | changed))
        return issuers.trust(service.person.may(Permission.SERVICES_CHANGE), service.row.id, wanted)


@pytest.fixture(scope="session")
def running() -> Iterator[Foreign]:
    """The issuer's process, one for all tests: it takes a second to start."""
    program = [sys.executable, str(Path(__file__).with_name("issuer.py"))]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Foreign(f"http://127.0.0.1:{process.stdout.readline().strip()}")
        process.kill()


@pytest.fixture
def foreign(running: Foreign) -> Foreign:
    """The issuer, who was asked nothing yet."""
    running.get("/reset")
    return running
