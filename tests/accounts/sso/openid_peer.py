"""An OpenID provider that nobody here wrote (npm's oidc-provider), on loopback, and a browser that signs in at it."""

import http.client
import json
import os
import re
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import pytest

from tests.programs import NODE, OPENID
from tests.server import free_port

Claims = dict[str, object]


@dataclass(slots=True)
class OpenIdPeer:
    """A provider; `people` says what it asserts of each subject."""

    port: int
    file: Path
    thin: bool = False
    people: dict[str, Claims] = field(default_factory=dict)
    process: "subprocess.Popen[bytes]" = field(init=False)

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        self.file.write_text("{}")
        given = json.dumps({"port": self.port, "people": str(self.file), "thin": self.thin})
        environment = {"PATH": os.environ["PATH"], "NODE_ENV": "development"}
        command = [str(NODE), str(OPENID / "provider.mjs"), given]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()

    def asserts(self, subject: str, **claims: object) -> None:
        """Have the provider say this of a subject from now on."""
        self.people[subject] = claims
        self.file.write_text(json.dumps(self.people))

    def register(self, redirect_uri: str) -> tuple[str, str]:
        """Make a client for a redirect URI; return its id and secret."""
        body = json.dumps({"redirect_uris": [redirect_uri], "token_endpoint_auth_method": "client_secret_basic"})
        answer = self.ask("POST", f"{self.issuer}/reg", body, {"Content-Type": "application/json"})
        made = json.loads(answer.body)
        return made["client_id"], made["client_secret"]

    def ask(self, method: str, url: str, body: str | None = None, headers: dict[str, str] | None = None) -> "Answer":
        parts = urlsplit(url)
        assert parts.hostname in {"localhost", "127.0.0.1"}, "tests talk to loopback alone"
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=30)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, body, {"Host": parts.netloc, **(headers or {})})
        response = connection.getresponse()
        answer = Answer(
            response.status,
            response.read().decode(),
            response.getheader("Location") or "",
            [value for name, value in response.getheaders() if name.lower() == "set-cookie"],
        )
        connection.close()
        return answer

    def sign_in(self, url: str, subject: str) -> str:
        """Go where Tidegate sent the browser, sign in as `subject`, and return where the provider sends it back."""
        cookies: SimpleCookie = SimpleCookie()
        body = None
        for _ in range(12):
            jar = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
            headers = {"Cookie": jar}
            if body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            answer = self.ask("GET" if body is None else "POST", url, body, headers)
            for each in answer.cookies:
                cookies.load(each)
            if answer.location:
                url, body = urljoin(url, answer.location), None
                if not url.startswith(self.issuer):
                    return url
                continue
            url, body = _filled_in(url, answer, subject)
        raise AssertionError("The provider never came to an end.")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    location: str
    cookies: list[str]


def _filled_in(url: str, answer: Answer, subject: str) -> tuple[str, str]:
    """Return the form of a page of the provider, filled in."""
    action = re.search(r'action="([^"]+)"', answer.body)
    prompt = re.search(r'name="prompt" value="(\w+)"', answer.body)
    assert action, answer.body[:2000]
    assert prompt, answer.body[:2000]
    fields = {"prompt": prompt[1]} | ({"login": subject, "password": "x"} if prompt[1] == "login" else {})
    return urljoin(url, action[1]), urlencode(fields)


def started(folder: Path, thin: bool = False) -> Iterator[OpenIdPeer]:
    peer = OpenIdPeer(free_port(), folder / f"people-{secrets.token_hex(4)}.json", thin)
    peer.start()
    yield peer
    peer.stop()


@pytest.fixture(scope="session")
def acme_idp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenIdPeer]:
    """Acme's provider."""
    yield from started(tmp_path_factory.mktemp("idp"))


@pytest.fixture(scope="session")
def globex_idp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenIdPeer]:
    """Another tenant's provider, which its admin may have say anything; its id_tokens leave the rest to userinfo."""
    yield from started(tmp_path_factory.mktemp("idp"), thin=True)
