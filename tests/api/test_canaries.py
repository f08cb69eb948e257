"""Secrets and personal data put wherever a caller can put them come out nowhere else (G01, K05).

The real server is called, so that its real log is read; then every table that the product has is read whole.
"""

import io
import json
import logging
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from accounts import key_format
from promptguard.api import effects
from tests.api.conftest import Application
from tests.api.test_hostile_requests import _head, _talk
from tests.committed import *  # noqa: F403 (fixtures)
from tests.committed import new_owner
from tests.people import Person
from tests.server import WebServer


@pytest.fixture(scope="module")
def canaries() -> dict[str, str]:
    """Values that stand nowhere but where these tests put them, one of each kind."""
    tail = secrets.token_hex(6)
    number = f"4{secrets.randbelow(10**14):014d}"
    digits = [int(digit) for digit in number]
    total = sum(sum(divmod(2 * digit, 10)) if at % 2 == 0 else digit for at, digit in enumerate(digits))
    return {
        "word": f"zebra{tail}",
        "mail": f"jane.{tail}@contoso.example",
        "card": f"{number}{-total % 10}",
        "stripe": f"sk_live_{secrets.token_hex(12)}",
        "key": key_format.generate("live"),
        "password": f"password={tail}Xy!",
    }


def _calls(secret: str, canaries: dict[str, str]) -> Iterator[tuple[bytes, bytes]]:
    """Yield (head, body) of requests that carry the canaries in every place a request has."""
    text = " ".join(canaries.values())
    good = {"input": text, "messages": None, "return": ["spans", "scores"]}
    bodies: list[bytes] = [
        json.dumps(good).encode(),
        json.dumps({"input": text, "mode": text}).encode(),
        json.dumps({"input": [text, 5]}).encode(),
        json.dumps({"messages": [{"role": text, "content": text}]}).encode(),
        json.dumps({"input": text, "documents": [{"id": "d", "text": text, "org_id": text}]}).encode(),
        json.dumps({"input": text, "tools": [{"function": {"description": text}}]}).encode(),
        json.dumps({"input": "x", "tools": [{text: {"description": text}}]}).encode(),
        *(json.dumps({"input": "x", "metadata": labels}).encode() for labels in _labels(canaries)),
        b'{"input": "' + text.encode(),
        b'{"input": "' + text.encode() + b'\\ud800"}',
        text.encode(),
        json.dumps({"input": f"{text} " * 20_000}).encode(),
    ]
    for path in ("/v1/guard", "/v1/moderations"):
        for body in bodies:
            for more in ((), ("Idempotency-Key: " + secrets.token_hex(8),)):
                headers = ["Content-Type: application/json", f"Content-Length: {len(body)}", *more]
                yield _head(path, secret, *headers), body
    one = canaries["key"]
    for target in (f"/v1/models?key={one}", f"/v1/decisions?action={one}", f"/v1/decisions/{one}", f"/v1/{one}"):
        yield _head(target, secret, method="GET"), b""
        yield _head(target, one, method="GET"), b""
    for header in (
        f"Authorization: Bearer {one}x",
        f"Authorization: {one}",
        f"X-Request-Id: {one}",
        f"Cookie: a={one}",
    ):
        yield _head("/v1/models", "", header, method="GET"), b""
    yield _head("/v1/models", secret, f"Idempotency-Key: {one}", f"User-Agent: {text}", method="GET"), b""
    for key in (one, f'"{one}'):
        headers = [f"Idempotency-Key: {key}", "Content-Type: application/json", "Content-Length: 14"]
        yield _head("/v1/guard", secret, *headers), b'{"input": "x"}'


def _labels(canaries: dict[str, str]) -> Iterator[dict[str, object]]:
    """Yield metadata with each personal or secret canary as a value, a name, a number and in the midst of a text."""
    for kind in ("mail", "card", "stripe", "key"):
        value = canaries[kind]
        yield {"user": value, value: 1, "note": f"see {value}, please"}
    yield {"n": int(canaries["card"]), "note": canaries["password"], "password": canaries["password"][9:]}


def _tables() -> Iterator[tuple[str, str]]:
    """Yield every table's rows as text, read by the first role that may."""
    database = str(connections["default"].settings_dict["NAME"])
    roles = [os.environ[name] for name in ("DATABASE_OPERATOR_URL", "DATABASE_URL")]
    with psycopg.connect(roles[0], dbname=database) as operator, psycopg.connect(roles[1], dbname=database) as app:
        for reader in (operator, app):
            asked = """
                SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
                    AND relnamespace = 'public'::regnamespace AND has_table_privilege(oid, 'SELECT')
            """
            for (name,) in reader.execute(asked).fetchall():
                rows = reader.execute(f"SELECT t::text FROM {name} t".encode()).fetchall()
                yield name, "\n".join(row[0] for row in rows)


def _found(canaries: dict[str, str], text: str) -> list[str]:
    return [kind for kind, value in canaries.items() if value in text]


def test_g01_k05_a04_what_a_caller_sends_is_in_no_log_and_no_table(
    server: WebServer, committed: None, canaries: dict[str, str]
) -> None:
    owner = new_owner()
    _, secret = owner.key(requests_per_minute=10_000)
    watched = canaries | {"own": secret}
    before = server.log.stat().st_size
    statuses = set()
    for head, body in _calls(secret, canaries):
        status, answer = _talk(server, head, body)
        statuses.add(status)
        shown = answer.decode()
        assert _found({"own": secret, "key": canaries["key"]}, shown) == []
        assert status == 200 or _found(canaries, shown) == []
    assert statuses >= {200, 400, 401, 404}
    with server.log.open() as log:
        log.seek(before)
        lines = log.read()
    assert _found(watched, lines) == []
    for line in filter(lambda line: line.startswith("{"), lines.splitlines()):
        json.loads(line)  # whatever was said, one record a line
    stored = {name: kinds for name, text in _tables() if (kinds := _found(watched, text))}
    assert stored == {}


def test_g01_k05_nor_in_the_files_beside_it(server: WebServer, committed: None, canaries: dict[str, str]) -> None:
    """Metrics, mail, the queue: whatever the product wrote under its own directory."""
    for path in Path(settings.TIDEGATE_VAR).rglob("*"):
        if path.is_file():
            assert _found(canaries, path.read_bytes().decode("utf-8", "replace")) == [], path


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the product's own log handler writes."""
    handlers = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    stream, [handler] = io.StringIO(), handlers
    former = handler.setStream(stream)
    yield stream
    handler.setStream(former)


def test_g01_a_failure_does_not_quote_what_it_failed_on(
    app: Application, canaries: dict[str, str], monkeypatch: pytest.MonkeyPatch, written: io.StringIO
) -> None:
    text = " ".join(canaries.values())

    def fail(*_: object) -> None:
        raise ValueError(f"cannot read {text}") from KeyError(text)

    monkeypatch.setattr(effects, "settle", fail)
    response = app.post("/v1/guard", {"input": text})
    assert response.status_code == 500
    assert "unhandled ValueError" in written.getvalue()
    assert "test_canaries.py" in written.getvalue(), "where it failed is told"
    assert _found(canaries, written.getvalue() + response.content.decode()) == []


def test_k05_a_key_in_the_address_is_no_key(olga: Person, app: Application) -> None:
    for query in ({"key": app.secret}, {"api_key": app.secret}, {"access_token": app.secret}):
        assert Client().get("/v1/models", query).status_code == 401
    assert Client().get("/v1/models", HTTP_COOKIE=f"key={app.secret}").status_code == 401
