"""Another issuer's token for ours: whose tokens, which of them, and what an issuer can do to us (O04, O13, O14)."""

import random
import threading
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from joserfc.jwk import ECKey, RSAKey
from pytest_django import Settings

from accounts.workloads import federation, identities, issuer_keys, issuers
from accounts.workloads.errors import Rejected
from accounts.workloads.models import ServiceIdentity, TrustedIssuer
from audit.reasons import Reason
from tenants.permissions import Permission
from tenants.scope import NOBODY, open_scope
from tests.accounts.workloads.foreign import AUDIENCE, SUBJECT, Foreign
from tests.accounts.workloads.services import Service, new_service, signed
from tests.people import Person

MUTATIONS = 500


def _exchange(token: str, service: Service) -> ServiceIdentity:
    """Exchange as a request does: nobody's scope is open."""
    with open_scope(NOBODY):
        return federation.exchange(token, service.row.client_id)


def _refusal(token: str, service: Service) -> Reason:
    with pytest.raises(Rejected) as refused:
        _exchange(token, service)
    return refused.value.reason


def test_a_token_that_meets_the_rule_stands_for_the_service(service: Service, foreign: Foreign) -> None:
    foreign.trusted(service)
    assert _exchange(foreign.token(), service).id == service.row.id
    assert TrustedIssuer.objects.get().last_used_at is not None


def test_o14_it_stands_for_no_other_service(service: Service, foreign: Foreign, in_acme: Person) -> None:
    foreign.trusted(service)
    assert _refusal(foreign.token(), new_service(in_acme)) is Reason.ISSUER_UNTRUSTED


def test_o14_a_token_of_ours_and_an_assertion_are_no_subject_tokens(service: Service, foreign: Foreign) -> None:
    foreign.trusted(service)
    assert _refusal(service.assertion(), service) is Reason.ISSUER_UNTRUSTED
    assert _refusal(service.assertion(iss=foreign.url, sub=SUBJECT, aud=AUDIENCE), service) in {
        Reason.SUBJECT_TOKEN_SIGNATURE
    }


CLAIMS: dict[str, tuple[dict[str, Any], Reason]] = {
    "another issuer": ({"iss": "https://elsewhere.example"}, Reason.ISSUER_UNTRUSTED),
    "an issuer that only looks like it": ({"iss": "http://127.0.0.1"}, Reason.ISSUER_UNTRUSTED),
    "no issuer": ({"iss": None}, Reason.ISSUER_UNTRUSTED),
    "another audience": ({"aud": "https://elsewhere.example"}, Reason.SUBJECT_TOKEN_AUDIENCE),
    "no audience": ({"aud": None}, Reason.SUBJECT_TOKEN_AUDIENCE),
    "another branch": ({"sub": SUBJECT + "-evil"}, Reason.SUBJECT_TOKEN_SUBJECT),
    "a part of the subject": ({"sub": SUBJECT[:-1]}, Reason.SUBJECT_TOKEN_SUBJECT),
    "no subject": ({"sub": None}, Reason.SUBJECT_TOKEN_SUBJECT),
    "a subject that is a list": ({"sub": [SUBJECT]}, Reason.SUBJECT_TOKEN_SUBJECT),
    "no expiry": ({"exp": None}, Reason.SUBJECT_TOKEN_TIME),
    "an expiry long past": ({"exp": 1}, Reason.SUBJECT_TOKEN_TIME),
    "an expiry in ten years": ({"exp": 2_120_000_000}, Reason.SUBJECT_TOKEN_TIME),
    "an expiry that is a text": ({"exp": "soon"}, Reason.SUBJECT_TOKEN_TIME),
    "not valid yet": ({"nbf": 2_120_000_000}, Reason.SUBJECT_TOKEN_TIME),
    "issued in the future": ({"iat": 2_120_000_000}, Reason.SUBJECT_TOKEN_TIME),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_claims_that_do_not_meet_the_rule(service: Service, foreign: Foreign, case: str) -> None:
    changed, reason = CLAIMS[case]
    foreign.trusted(service)
    assert _refusal(foreign.token(**changed), service) is reason


CONDITIONS: dict[str, tuple[dict[str, str], dict[str, Any], bool]] = {
    "equal": ({"ref": "main"}, {"ref": "main"}, True),
    "another": ({"ref": "main"}, {"ref": "dev"}, False),
    "absent": ({"ref": "main"}, {}, False),
    "a number": ({"id": "42"}, {"id": 42}, True),
    "a boolean": ({"protected": "true"}, {"protected": True}, True),
    "a boolean's other spelling": ({"protected": "True"}, {"protected": True}, False),
    "one of a list": ({"groups": "b"}, {"groups": ["a", "b"]}, True),
    "none of a list": ({"groups": "c"}, {"groups": ["a", "b"]}, False),
    "inside another": ({"/kubernetes.io/namespace": "web"}, {"kubernetes.io": {"namespace": "web"}}, True),
    "inside, by a name with a slash": ({"/https:~1~1x.example~1/k": "v"}, {"https://x.example/": {"k": "v"}}, True),
    "inside what is no object": ({"/a/b": "c"}, {"a": "b"}, False),
    "an object": ({"a": "{}"}, {"a": {}}, False),
    "two of which one holds": ({"a": "1", "b": "2"}, {"a": "1", "b": "3"}, False),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_conditions_on_claims(service: Service, foreign: Foreign, case: str) -> None:
    conditions, said, good = CONDITIONS[case]
    foreign.trusted(service, claims=conditions)
    if good:
        assert _exchange(foreign.token(**said), service).id == service.row.id
    else:
        assert _refusal(foreign.token(**said), service) is Reason.SUBJECT_TOKEN_CLAIM


@pytest.mark.parametrize(
    ("rule", "subject", "good"),
    [
        ("repo:acme/*", "repo:acme/web-shop:ref:refs/heads/main", True),
        ("repo:acme/*", "repo:acme/", False),
        ("repo:acme/*", "repo:acme-evil/web-shop", False),
        ("repo:acme/web:*", "repo:acme/web:environment:live", True),
        ("repo:acme/web:*", "repo:acme/web-evil:environment:live", False),
        ("a:b", "a:b", True),
        ("a:b", "a:B", False),
    ],
)
def test_subject_rules(rule: str, subject: str, good: bool) -> None:
    assert federation.covers(rule, subject) is good


WRONG: dict[str, list[Any]] = {
    "subject": [
        "*",
        "repo:*",
        "repo:acme*",
        "repo:*/web",
        "a:b?",
        "",
        "repo:acme/**",
        " a:b",
        "a" * 401,
        "::*",
        "a\nb",
    ],
    "issuer": ["", "ftp://x.example", "https://x.example/ y", "https://u:p@x.example", "not an issuer", "https://"],
    "jwks_url": ["", "http://keys.example/jwks", "file:///etc/passwd", "https://u:p@x.example/", "https:///jwks", "x"],
    "audience": ["", " a", "a" * 401],
    "algorithms": [[], ["none"], ["HS256"], ["RS256", "none"]],
    "claims": [{"a": "b*"}, {"": "b"}, {"a": ""}, {str(number): "x" for number in range(11)}],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
def test_what_is_no_rule_is_refused_by_its_field(service: Service, foreign: Foreign, field: str, value: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValidationError) as wrong:
        foreign.trusted(service, **{field: value})
    assert list(wrong.value.message_dict) == [field]
    assert TrustedIssuer.objects.count() == 0


HOSTILE = ["/redirect", "/huge", "/dripping", "/hanging", "/broken", "/deep", "/empty", "/many", "/error"]


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.strip("/"))
def test_o04_an_issuer_that_misbehaves_costs_a_bounded_time_and_lets_nobody_in(
    service: Service, foreign: Foreign, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("tenants.outgoing.SECONDS", 0.5)
    foreign.trusted(service, jwks_url=f"{foreign.url}{path}")
    token = foreign.token()
    assert _refusal(token, service) is Reason.ISSUER_UNREACHABLE
    for _ in range(5):  # what failed a moment ago is not asked again
        assert _refusal(token, service) is Reason.ISSUER_UNREACHABLE
    assert foreign.asked(path) == 1
    assert foreign.asked("/jwks") == 0


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "127.0.0.2", "0.0.0.0", "2130706433"]
)
def test_o04_keys_are_not_fetched_from_inside(service: Service, foreign: Foreign, host: str) -> None:
    foreign.trusted(service, jwks_url=f"https://{host}/jwks")
    assert _refusal(foreign.token(), service) is Reason.ISSUER_UNREACHABLE


def test_o04_in_production_not_even_from_this_machine(service: Service, foreign: Foreign, settings: Settings) -> None:
    trusted = foreign.trusted(service)
    settings.OUTGOING_LOOPBACK = False
    assert _refusal(foreign.token(), service) is Reason.ISSUER_UNREACHABLE
    assert foreign.asked("/jwks") == 0
    with pytest.raises(ValidationError):
        foreign.trusted(service, jwks_url=trusted.jwks_url)


def test_o04_the_name_that_was_looked_at_is_the_address_that_is_asked(
    service: Service, foreign: Foreign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when it is checked and inside when it is used (DNS rebinding) is looked up once."""
    looked_up: list[str] = []
    connected: list[tuple[str, int]] = []

    def resolve(host: str, port: int, *_: object, **__: object) -> list[Any]:
        looked_up.append(host)
        return [(2, 1, 6, "", ("8.8.8.8" if len(looked_up) == 1 else "10.0.0.1", port))]

    def connect(address: tuple[str, int], *_: object, **__: object) -> None:
        connected.append(address)
        raise OSError

    foreign.trusted(service, jwks_url="https://rebinding.example/jwks")
    token = foreign.token()
    monkeypatch.setattr("socket.getaddrinfo", resolve)
    monkeypatch.setattr("socket.create_connection", connect)
    assert _refusal(token, service) is Reason.ISSUER_UNREACHABLE
    assert (looked_up, connected) == (["rebinding.example"], [("8.8.8.8", 443)])


def test_o04_a_rotated_key_is_fetched_once_and_an_unknown_one_costs_one_request(
    service: Service, foreign: Foreign, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign.trusted(service)
    assert _exchange(foreign.token(), service).id == service.row.id
    foreign.get("/rotate")
    rotated = foreign.token()
    assert _refusal(rotated, service) is Reason.SUBJECT_TOKEN_SIGNATURE  # asked a moment ago: not again yet
    monkeypatch.setattr(issuer_keys, "PAUSE", 0.0)
    assert _exchange(rotated, service).id == service.row.id
    assert foreign.asked("/jwks") == 2
    monkeypatch.setattr(issuer_keys, "PAUSE", 30.0)
    for number in range(20):
        assert _refusal(foreign.token(kid=f"unknown-{number}"), service) is Reason.SUBJECT_TOKEN_SIGNATURE
    assert foreign.asked("/jwks") == 2


def test_o04_keys_that_are_kept_outlive_an_issuer_that_is_away_for_a_while(
    service: Service, foreign: Foreign, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = foreign.trusted(service)
    token = foreign.token()
    _exchange(token, service)
    kept = issuer_keys._kept.pop(trusted.jwks_url)
    TrustedIssuer.objects.update(jwks_url=f"{foreign.url}/error")
    older = issuer_keys._Kept(kept.keys, kept.fetched_at - issuer_keys.FRESH - 1, kept.asked_at - 60)
    issuer_keys._kept[f"{foreign.url}/error"] = older
    assert _exchange(token, service).id == service.row.id
    assert foreign.asked("/error") == 1
    oldest = issuer_keys._Kept(kept.keys, kept.fetched_at - issuer_keys.STALE - 1, kept.asked_at - 60)
    issuer_keys._kept[f"{foreign.url}/error"] = oldest
    assert _refusal(token, service) is Reason.ISSUER_UNREACHABLE


def test_o04_many_at_once_ask_an_issuer_once(foreign: Foreign) -> None:
    found: list[int] = []
    ready = threading.Barrier(issuer_keys.AT_ONCE)

    def ask() -> None:
        ready.wait()
        found.append(len(issuer_keys.keys_of(f"{foreign.url}/jwks", None)))

    asking = [threading.Thread(target=ask) for _ in range(issuer_keys.AT_ONCE)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(found) == issuer_keys.AT_ONCE
    assert foreign.asked("/jwks") == 1


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u"])
def test_o04_keys_that_a_token_brings_along_are_not_looked_at(service: Service, foreign: Foreign, name: str) -> None:
    foreign.trusted(service, algorithms=["RS256", "ES256"])
    mine: Any = RSAKey.generate_key(2048) if name == "jwk" else ECKey.generate_key("P-256")
    brought = mine.as_dict(private=False) if name == "jwk" else f"{foreign.url}/jwks"
    claims = {"iss": foreign.url, "aud": AUDIENCE, "sub": SUBJECT, "exp": 4_000_000_000}
    assert _refusal(signed(claims, mine, {name: brought}), service) is Reason.SUBJECT_TOKEN_SIGNATURE


def test_an_algorithm_that_is_not_on_the_issuers_list_is_refused(service: Service, foreign: Foreign) -> None:
    foreign.trusted(service, algorithms=["ES256"])
    assert _refusal(foreign.token(), service) is Reason.SUBJECT_TOKEN_SIGNATURE


def test_an_issuer_that_is_not_trusted_any_more(service: Service, foreign: Foreign) -> None:
    trusted = foreign.trusted(service)
    _exchange(foreign.token(), service)
    issuers.revoke(service.person.may(Permission.SERVICES_CHANGE), service.row.id, trusted.id)
    assert _refusal(foreign.token(), service) is Reason.ISSUER_UNTRUSTED


def test_a_disabled_service_gets_nothing_for_a_good_token(service: Service, foreign: Foreign) -> None:
    foreign.trusted(service)
    identities.disable(service.person.may(Permission.SERVICES_CHANGE), service.row.id)
    assert _refusal(foreign.token(), service) is Reason.SERVICE_DISABLED


@pytest.mark.parametrize("client_id", ["", "svc_", "svc_" + "A" * 28, "tg_app_x", "svc_\x00", "x" * 10_000])
def test_an_unknown_client_is_refused(service: Service, foreign: Foreign, client_id: str) -> None:
    foreign.trusted(service)
    with pytest.raises(Rejected) as refused:
        federation.exchange(foreign.token(), client_id)
    assert refused.value.reason is Reason.SERVICE_UNKNOWN


def test_no_mutation_of_a_token_is_accepted(service: Service, foreign: Foreign) -> None:
    foreign.trusted(service)
    token, dice, tried = foreign.token(), random.Random(20261124), 0
    assert _exchange(token, service).id == service.row.id
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.="
    while tried < MUTATIONS:
        at = dice.randrange(len(token))
        mutation = token[:at] + dice.choice(alphabet) + token[at + dice.randrange(2) :]
        if mutation == token:
            continue
        tried += 1
        with pytest.raises(Rejected):
            _exchange(mutation, service)
