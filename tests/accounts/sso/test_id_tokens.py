"""id_tokens that the provider did not make, or not for this sign-in: none is believed."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from accounts.sso import oidc, oidc_keys
from accounts.sso.asserted import AnswerRefused
from accounts.sso.models import Connection
from tenants import outgoing
from tenants.scope import org_scope
from tests.people import Person

KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
UNBOUND = RSAKey.import_key(KEY.as_pem(private=True))
OTHER = RSAKey.generate_key(2048, {"kid": "k1"})
ISSUER, CLIENT, NONCE = "https://idp.example", "client-1", "n" * 40
Json = dict[str, Any]


@pytest.fixture
def connection(olga: Person, monkeypatch: pytest.MonkeyPatch) -> Connection:
    def unreachable(*_: object, **__: object) -> outgoing.Answer:
        raise outgoing.Refused("nobody is asked here")

    monkeypatch.setattr(outgoing, "ask", unreachable)
    pinned = {"issuer": ISSUER, "client_id": CLIENT, "algorithms": ["RS256"], "jwks_uri": f"{ISSUER}/jwks"}
    with org_scope(olga.organization.id):
        keys = {"keys": oidc_keys.usable({"keys": [KEY.as_dict(private=False)]})}
        values = {"kind": "oidc", "name": "IdP", "pinned": pinned, "keys": keys, "keys_at": timezone.now()}
        made: Connection = Connection.objects.create(**values)
        return made


def claims(**changes: object) -> Json:
    now = int(time.time())
    whole = {"iss": ISSUER, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 300, "nonce": NONCE, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def signed(body: Json, key: Any = KEY, **header: object) -> str:  # noqa: ANN401
    protected = {"alg": "RS256", "kid": "k1", **header}
    names = [str(protected["alg"])]
    registry = jws.JWSRegistry(algorithms=names, strict_check_header=False)
    return jws.serialize_compact(protected, json.dumps(body).encode(), key, registry=registry)


def is_believed(connection: Connection, token: object) -> bool:
    with org_scope(connection.org_id):
        try:
            oidc.verified(connection, token, NONCE)
        except AnswerRefused:
            return False
        return True


def test_a_genuine_token_is_believed(connection: Connection) -> None:
    assert is_believed(connection, signed(claims()))
    assert is_believed(connection, signed(claims(aud=[CLIENT])))
    assert is_believed(connection, signed(claims(aud=[CLIENT, "other"], azp=CLIENT)))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://idp.example/"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "client-2"},
        {"aud": ["client-2"]},
        {"aud": [CLIENT, "client-2"]},
        {"aud": [CLIENT, "client-2"], "azp": "client-2"},
        {"azp": "client-2"},
        {"aud": None},
        {"sub": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
        {"iat": 1},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"nonce": None},
        {"nonce": "m" * 40},
        {"nonce": ""},
        {"nonce": [NONCE]},
    ],
    ids=str,
)
def test_o02_a_token_for_somebody_or_something_else_is_refused(connection: Connection, changes: Json) -> None:
    assert not is_believed(connection, signed(claims(**changes)))


def _none(_: Connection) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    body = base64.urlsafe_b64encode(json.dumps(claims()).encode()).rstrip(b"=").decode()
    return f"{header}.{body}."


def _confused(_: Connection) -> str:
    """HS256 with the public key as its secret."""
    header, body, _signature = signed(claims(), alg="RS256").split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"k1"}').rstrip(b"=").decode()
    mac = hmac.digest(KEY.as_pem(private=False), f"{header}.{body}".encode(), "sha256")
    return f"{header}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


MADE: dict[str, Callable[[Connection], object]] = {
    "unsigned": _none,
    "confused algorithm": _confused,
    "another key under the same kid": lambda _: signed(claims(), OTHER),
    "its own key in the header": lambda _: signed(claims(), OTHER, jwk=OTHER.as_dict(private=False)),
    "an address of keys in the header": lambda _: signed(claims(), OTHER, jku="https://evil.example/jwks"),
    "a certificate in the header": lambda _: signed(claims(), OTHER, x5u="https://evil.example/x"),
    "an algorithm that is not pinned": lambda _: signed(claims(), UNBOUND, alg="RS512"),
    "a key of another kind": lambda _: signed(claims(), ECKey.generate_key("P-256"), alg="ES256"),
    "an unknown kid": lambda _: signed(claims(), KEY, kid="k2"),
    "no token": lambda _: None,
    "nonsense": lambda _: "a.b.c",
    "too long": lambda _: "a" * 40_000,
}


@pytest.mark.parametrize("name", MADE)
def test_o04_a_token_that_the_pinned_keys_did_not_sign_is_refused(connection: Connection, name: str) -> None:
    assert not is_believed(connection, MADE[name](connection))


def test_no_character_of_a_token_can_be_changed(connection: Connection) -> None:
    token = signed(claims())
    for place in range(0, len(token) - 2, 7):
        other = "B" if token[place] != "B" else "x"
        assert not is_believed(connection, token[:place] + other + token[place + 1 :]), place


def test_o04_an_unknown_kid_costs_one_request_and_not_one_for_every_token(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(url: str, **_: object) -> outgoing.Answer:
        asked.append(url)
        return outgoing.Answer(200, json.dumps({"keys": [KEY.as_dict(private=False)]}).encode())

    monkeypatch.setattr(outgoing, "ask", ask)
    with org_scope(connection.org_id):
        Connection.objects.update(keys_at=timezone.now() - timedelta(minutes=5))
    for _ in range(5):
        with org_scope(connection.org_id):
            fresh: Connection = Connection.objects.get()
        assert not is_believed(fresh, signed(claims(), KEY, kid="k2"))
    assert asked == [f"{ISSUER}/jwks"]


@pytest.mark.parametrize(
    "keys",
    [
        {"keys": [{"kty": "oct", "k": "AAAA", "kid": "k1"}]},
        {"keys": [{"kty": "RSA", "kid": "k1", "e": "AQAB", "n": "x" * 171}]},
        {"keys": [{**KEY.as_dict(private=False), "use": "enc"}]},
        {"keys": "x"},
        [],
        None,
    ],
)
def test_o09_a_key_that_is_weak_secret_or_for_something_else_is_no_key(keys: object) -> None:
    assert oidc_keys.usable(keys) == []
