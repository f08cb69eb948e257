"""Hostile headers, addresses and sockets: refused by what they announce, and no request becomes two (K01, K02, M01)."""

import gzip
import http.client
import socket
from contextlib import suppress
from typing import Any

import orjson
import pytest

from accounts import key_format
from audit.models import Decision
from tenants.scope import org_scope
from tests.api.conftest import Application
from tests.committed import *  # noqa: F403 (fixtures)
from tests.committed import new_owner
from tests.people import Person
from tests.server import WebServer


@pytest.mark.parametrize(
    ("media", "headers", "status", "pointer"),
    [
        ("text/plain", {}, 415, "Content-Type"),
        ("application/x-www-form-urlencoded", {}, 415, "Content-Type"),
        ("multipart/form-data; boundary=x", {}, 415, "Content-Type"),
        ("application/vnd.api+json", {}, 415, "Content-Type"),
        ("application/json; charset=utf-16", {}, 415, "Content-Type"),
        ("application/json; charset=iso-8859-1", {}, 415, "Content-Type"),
        ("application/json, text/plain", {}, 415, "Content-Type"),
        ("application/json", {"content-encoding": "gzip"}, 415, "Content-Encoding"),
        ("application/json", {"content-encoding": "br, gzip"}, 415, "Content-Encoding"),
    ],
)
def test_another_kind_of_body_is_refused_by_its_header(
    app: Application, media: str, headers: dict[str, str], status: int, pointer: str
) -> None:
    raw = gzip.compress(b'{"input": "x"}') if headers else b'{"input": "x"}'
    response = app.raw("/v1/guard", raw, media, **headers)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (status, pointer)


@pytest.mark.parametrize(
    "media",
    ["application/json", "Application/JSON", "application/json; charset=UTF-8", 'application/json;charset="utf-8"'],
)
def test_json_may_be_announced_in_several_ways(app: Application, media: str) -> None:
    assert app.raw("/v1/guard", b'{"input": "x"}', media).status_code == 200
    assert app.raw("/v1/guard", b'{"input": "x"}', media, **{"content-encoding": "identity"}).status_code == 200


KEYS: dict[str, str] = {
    "no scheme": "tg_test_abc",
    "no key": "Bearer ",
    "two spaces": "Bearer  {key}",
    "two keys": "Bearer {key}, Bearer {key}",
    "another scheme": "Token {key}",
    "basic": "Basic dGc6dGc=",
    "a quoted key": 'Bearer "{key}"',
    "a cut key": "Bearer {cut}",
    "a longer key": "Bearer {key}A",
    "another case": "Bearer {upper}",
    "look-alike letters": "Bearer tg_t\u0435st_{rest}",
    "SQL": "Bearer ' OR '1'='1",
    "a format string": "Bearer %s%n{{0.__class__}}",
    "9 kB": "Bearer " + "x" * 9_000,
}


@pytest.mark.parametrize("name", KEYS)
def test_k01_a_badly_written_key_is_no_key(app: Application, name: str) -> None:
    key = app.secret
    header = KEYS[name].format(key=key, cut=key[:-1], upper=key.upper(), rest=key[8:])
    response = Application(app.key, "").post("/v1/guard", {"input": "x"}, authorization=header)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "AUTHN-KEY-002")


def _talk(web: WebServer, *parts: bytes) -> tuple[int, bytes]:
    """Write bytes to the server's socket as they are, and return the status and body of its answer."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=30) as line:
        with suppress(BrokenPipeError):  # a refusal may come before everything is said
            for part in parts:
                line.sendall(part)
        response = http.client.HTTPResponse(line)
        response.begin()
        return response.status, response.read()


def _head(target: str, secret: str = "", *more: str, method: str = "POST") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *([f"Authorization: Bearer {secret}"] if secret else []), *more]
    if not any(line.startswith("Host:") for line in more):
        lines.append("Host: localhost")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")


@pytest.fixture
def caller(committed: None) -> tuple[Person, str]:
    owner = new_owner()
    return owner, owner.key()[1]


def _count(owner: Person) -> int:
    with org_scope(owner.organization.id):
        return Decision.objects.filter(permission="guard:check").count()


def test_a_body_in_chunks_is_asked_for_whole(server: WebServer, caller: tuple[Person, str]) -> None:
    owner, secret = caller
    head = _head("/v1/guard", secret, "Content-Type: application/json", "Transfer-Encoding: chunked")
    status, body = _talk(server, head, b'e\r\n{"input": "x"}\r\n', b"0\r\n\r\n")
    assert (status, orjson.loads(body)["errors"][0]["pointer"]) == (411, "Content-Length")
    assert _count(owner) == 0


def test_m01_smuggled_and_broken_lengths_are_refused(server: WebServer, caller: tuple[Person, str]) -> None:
    """Two lengths, a length beside chunks, no number, a negative one: one request, one refusal, no second one."""
    owner, secret = caller
    payload = b'{"input": "x"}'
    inner = _head("/v1/guard", secret, "Content-Type: application/json", "Content-Length: 14") + payload
    for lengths in (
        ["Content-Length: 14", "Content-Length: 15"],
        ["Content-Length: abc"],
        ["Content-Length: -1"],
        ["Content-Length: 14", "Transfer-Encoding: chunked"],
        ["Content-Length: 99999999999999999999"],
    ):
        head = _head("/v1/guard", secret, "Content-Type: application/json", *lengths)
        status, _ = _talk(server, head + payload + inner)
        assert 400 <= status < 500, lengths
    assert _count(owner) == 0


def test_m01_a_body_that_breaks_off_is_not_checked(server: WebServer, caller: tuple[Person, str]) -> None:
    owner, secret = caller
    head = _head("/v1/guard", secret, "Content-Type: application/json", "Content-Length: 1000")
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(head + b'{"input": "x"}')
        line.shutdown(socket.SHUT_WR)
        assert not line.recv(4096).startswith(b"HTTP/1.1 2")
    assert _count(owner) == 0


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("/v1/decisions", "localhost:8000/#@x"),
        ("/v1/decisions", "localhost/healthz?"),
        ("http://localhost/healthz/../v1/decisions", "localhost"),
        ("http://evil.example/v1/decisions", "localhost"),
        ("/healthz/../v1/decisions", "localhost"),
        ("/healthz;/../v1/decisions", "localhost"),
        ("/healthz%2f..%2fv1/decisions", "localhost"),
        ("//localhost/v1/decisions", "localhost"),
        ("/v1/decisions?x=/healthz", "localhost"),
        ("/v1/decisions#/healthz", "localhost"),
        ("/V1/decisions", "localhost"),
        ("/v1/decisions/", "localhost"),
        ("/v1/decisions%00", "localhost"),
        ("/v1/decisions\xe9", "localhost"),
    ],
)
def test_k02_no_way_of_writing_the_address_skips_the_key(server: WebServer, target: str, host: str) -> None:
    for secret in ("", key_format.generate("live")):
        status, body = _talk(server, _head(target, secret, f"Host: {host}", method="GET"))
        assert 400 <= status < 500, (target, host)
        assert b'"data"' not in body


def test_l01_many_and_large_headers_are_refused_or_ignored(server: WebServer, caller: tuple[Person, str]) -> None:
    _, secret = caller
    for more in ([f"X-{n}: 1" for n in range(10_000)], ["X-Large: " + "a" * 300_000]):
        status, _ = _talk(server, _head("/v1/models", secret, *more, method="GET"))
        assert status in {200, 400, 431}


def test_k07_no_member_sends_anything_anywhere(app: Application) -> None:
    """An address in the body is refused or is text; nobody is called."""
    with socket.create_server(("127.0.0.1", 0)) as sink:
        sink.settimeout(0.0)
        url = f"http://127.0.0.1:{sink.getsockname()[1]}/steal"
        for member in ("api_base", "base_url", "api_key", "provider", "webhook", "callback_url"):
            refused = app.post("/v1/guard", {"input": "x", member: url})
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, f"#/{member}")
            assert app.post("/v1/moderations", {"input": "x", member: url}).status_code == 400
        ignored: dict[str, Any] = {"role": "user", "content": f"See {url}", "api_base": url, "model": url}
        assert app.post("/v1/guard", {"messages": [ignored], "tools": [{"url": url}]}).status_code == 200
        assert app.post("/v1/moderations", {"input": "x", "model": url[:100]}).status_code == 200
        with pytest.raises(BlockingIOError):
            sink.accept()


@pytest.mark.parametrize("name", ["action", "reason", "permission", "principal", "since", "until", "cursor", "limit"])
def test_a_nul_in_a_parameter_is_pointed_at(app: Application, name: str) -> None:
    response = app.get("/v1/decisions", **{name: "a\0b"})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, f"?{name}")


def test_parameters_without_number_or_end_are_refused(app: Application) -> None:
    assert app.get("/v1/decisions?" + "&".join(f"a{n}=1" for n in range(1_000))).status_code == 400
    endless = app.get("/v1/decisions", **{"x" * 5_000: "1"})
    assert endless.status_code == 400
    assert len(endless.content) < 1_000


def test_a_nul_in_a_comment_is_pointed_at(app: Application) -> None:
    decision_id = app.post("/v1/guard", {"input": "x"}).json()["decision_id"]
    body = {"expected_action": "allow", "comment": "a\0b"}
    response = app.post(f"/v1/decisions/{decision_id}/report", body)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "#/comment")
