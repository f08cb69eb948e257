"""``private_key_jwt``: who is let in, who is not and why, and that nothing near a good assertion is one (O13)."""

import base64
import hmac
import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone
from joserfc.jwk import ECKey, OKPKey, RSAKey

from accounts.workloads import assertions, identities, keys
from accounts.workloads.errors import Rejected
from accounts.workloads.models import ServiceIdentity, ServiceKey, UsedAssertion
from audit.reasons import Reason
from tenants.models import Membership, Organization
from tenants.permissions import Permission
from tenants.scope import NOBODY, open_scope, org_scope
from tests.accounts.workloads.services import ENDPOINT, Service, new_service, signed
from tests.committed import new_owner
from tests.people import Person

MUTATIONS = 600


def _authenticate(assertion: str) -> ServiceIdentity:
    """Authenticate as a request does: nobody's scope is open."""
    with open_scope(NOBODY):
        return assertions.authenticate(assertion, ENDPOINT)


def _refusal(assertion: str) -> Reason:
    with pytest.raises(Rejected) as refused:
        _authenticate(assertion)
    return refused.value.reason


def test_a_service_proves_itself_with_its_key(service: Service) -> None:
    assert _authenticate(service.assertion()).id == service.row.id
    assert ServiceKey.objects.get().last_used_at is not None
    assert ServiceIdentity.objects.get().last_used_at is not None


@pytest.mark.parametrize("audience", [ENDPOINT, settings.BASE_URL, [ENDPOINT]], ids=["endpoint", "issuer", "list"])
def test_the_endpoint_or_the_issuer_is_the_audience(service: Service, audience: Any) -> None:  # noqa: ANN401
    assert _authenticate(service.assertion(aud=audience)).id == service.row.id


@pytest.mark.parametrize(
    "make", [lambda: RSAKey.generate_key(2048), lambda: OKPKey.generate_key("Ed25519")], ids=["RSA", "Ed25519"]
)
def test_other_kinds_of_keys_prove_it_too(service: Service, make: Callable[[], Any]) -> None:
    private = make()
    grant = service.person.may(Permission.SERVICES_CHANGE)
    keys.upload(grant, service.row.id, private.as_pem(private=False).decode())
    assert _authenticate(signed(service.claims(), private)).id == service.row.id


CLAIMS: dict[str, tuple[dict[str, Any], Reason]] = {
    "another issuer": ({"iss": "svc_" + "A" * 28}, Reason.ASSERTION_CLAIMS),
    "no issuer": ({"iss": None}, Reason.ASSERTION_CLAIMS),
    "an unknown subject": ({"sub": "svc_" + "A" * 28}, Reason.SERVICE_UNKNOWN),
    "no subject": ({"sub": None}, Reason.SERVICE_UNKNOWN),
    "a subject that is a number": ({"sub": 7}, Reason.SERVICE_UNKNOWN),
    "another audience": ({"aud": "https://elsewhere.example/token"}, Reason.ASSERTION_CLAIMS),
    "an audience with a slash more": ({"aud": ENDPOINT + "/"}, Reason.ASSERTION_CLAIMS),
    "ours and another audience": ({"aud": [ENDPOINT, "https://elsewhere.example"]}, Reason.ASSERTION_CLAIMS),
    "no audience": ({"aud": None}, Reason.ASSERTION_CLAIMS),
    "an audience that is an object": ({"aud": {ENDPOINT: 1}}, Reason.ASSERTION_CLAIMS),
    "no jti": ({"jti": None}, Reason.ASSERTION_CLAIMS),
    "a short jti": ({"jti": "1234567"}, Reason.ASSERTION_CLAIMS),
    "a long jti": ({"jti": "x" * 257}, Reason.ASSERTION_CLAIMS),
    "no expiry": ({"exp": None}, Reason.ASSERTION_TIME),
    "an expiry that is a text": ({"exp": "4102444800"}, Reason.ASSERTION_MALFORMED),
    "an expiry that is true": ({"exp": True}, Reason.ASSERTION_MALFORMED),
    "an expiry in the year 37000": ({"exp": 2**41}, Reason.ASSERTION_MALFORMED),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_claims_that_are_not_what_they_must_be(service: Service, case: str) -> None:
    changed, reason = CLAIMS[case]
    assert _refusal(service.assertion(**changed)) is reason
    assert UsedAssertion.objects.count() == 0


TIMES: dict[str, tuple[dict[str, float], bool]] = {
    "expired": ({"exp": -1}, False),
    "valid for too long": ({"exp": 400, "iat": 61}, False),
    "valid for five minutes": ({"iat": 0, "exp": 300}, True),
    "issued long ago": ({"iat": -400, "exp": 10}, False),
    "issued by a clock that is ahead": ({"iat": 50, "exp": 340}, True),
    "issued in the future": ({"iat": 90, "exp": 300}, False),
    "not valid yet, by a little": ({"nbf": 50}, True),
    "not valid yet": ({"nbf": 90}, False),
}


@pytest.mark.parametrize("case", TIMES)
def test_times(service: Service, case: str) -> None:
    moved, good = TIMES[case]
    now = int(time.time())
    assertion = service.assertion(**{name: now + seconds for name, seconds in moved.items()})
    if good:
        assert _authenticate(assertion).id == service.row.id
    else:
        assert _refusal(assertion) is Reason.ASSERTION_TIME


def test_o13_an_assertion_is_used_once(service: Service) -> None:
    assertion = service.assertion()
    assert _authenticate(assertion).id == service.row.id
    assert _refusal(assertion) is Reason.ASSERTION_REPLAYED
    again = service.assertion(jti=service.claims()["jti"])
    assert _authenticate(again).id == service.row.id


def test_o13_another_assertion_with_a_used_jti_is_refused(service: Service) -> None:
    assert _authenticate(service.assertion(jti="the-same-jti")).id == service.row.id
    assert _refusal(service.assertion(jti="the-same-jti", exp=int(time.time()) + 200)) is Reason.ASSERTION_REPLAYED


def test_one_services_jti_takes_none_from_another(service: Service, in_acme: Person) -> None:
    other = new_service(in_acme)
    assert _authenticate(service.assertion(jti="the-same-jti")).id == service.row.id
    assert _authenticate(other.assertion(jti="the-same-jti")).id == other.row.id


def test_used_assertions_are_let_go_of_once_they_have_expired_for_everybody(service: Service) -> None:
    _authenticate(service.assertion())
    UsedAssertion.objects.update(expires_at=timezone.now() - assertions.KEPT_AFTER - timedelta(seconds=1))
    _authenticate(service.assertion())
    assert UsedAssertion.objects.count() == 1


def test_o13_of_parallel_replays_one_is_let_in(committed: None) -> None:
    service = new_service(new_owner())
    assertion, threads = service.assertion(), 8
    ready, answers = threading.Barrier(threads), []

    def present() -> None:
        ready.wait()
        try:
            with transaction.atomic():
                _authenticate(assertion)
            answers.append("let in")
        except Rejected as rejection:
            answers.append(rejection.reason)
        finally:
            connections.close_all()

    presenting = [threading.Thread(target=present) for _ in range(threads)]
    for thread in presenting:
        thread.start()
    for thread in presenting:
        thread.join()
    assert sorted(answers) == sorted(["let in", *[Reason.ASSERTION_REPLAYED] * (threads - 1)])


def test_o13_what_a_worker_let_in_is_known_to_one_that_was_started_later(committed: None) -> None:
    """Nothing of it is in a process's memory: it is in the database, in a table that outlives a crash."""
    service = new_service(new_owner())
    assertion = service.assertion()
    with transaction.atomic():
        _authenticate(assertion)
    connections.close_all()
    assert _refusal(assertion) is Reason.ASSERTION_REPLAYED
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'workloads_usedassertion'")
        assert cursor.fetchone() in {("p",), (b"p",)}


def _disable(service: Service) -> None:
    identities.disable(service.person.may(Permission.SERVICES_CHANGE), service.row.id)


def _revoke_key(service: Service) -> None:
    keys.revoke(service.person.may(Permission.SERVICES_CHANGE), service.row.id, service.key.id)


def _expire_key(service: Service) -> None:
    ServiceKey.objects.update(expires_at=timezone.now())


def _remove_owner(service: Service) -> None:
    Membership.objects.filter(user=service.person.user).delete()


def _deactivate_owner(service: Service) -> None:
    service.person.user.is_active = False
    service.person.user.save()


def _suspend(service: Service) -> None:
    Organization.objects.update(status="suspended")


CHANGES: dict[Callable[[Service], None], Reason] = {
    _disable: Reason.SERVICE_DISABLED,
    _revoke_key: Reason.ASSERTION_KEY,
    _expire_key: Reason.ASSERTION_KEY,
    _remove_owner: Reason.SERVICE_ORPHANED,
    _deactivate_owner: Reason.SERVICE_ORPHANED,
    _suspend: Reason.TENANT_SUSPENDED,
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_a_service_that_does_not_stand_gets_in_no_more(service: Service, change: Callable[[Service], None]) -> None:
    assert _authenticate(service.assertion()).id == service.row.id
    change(service)
    assertion = service.assertion()
    assert _refusal(assertion) is CHANGES[change]
    assert UsedAssertion.objects.count() == 1


def test_a_service_with_two_keys_goes_on_with_either(service: Service) -> None:
    private = ECKey.generate_key("P-256")
    grant = service.person.may(Permission.SERVICES_CHANGE)
    second = keys.upload(grant, service.row.id, private.as_pem(private=False).decode())
    assert _authenticate(service.assertion()).id == service.row.id
    assert _authenticate(signed(service.claims(), private)).id == service.row.id
    assert _refusal(signed(service.claims(), private, {"kid": service.key.kid})) is Reason.ASSERTION_KEY
    assert _refusal(signed(service.claims(), service.private, {"kid": second.kid})) is Reason.ASSERTION_KEY


def test_o14_another_services_key_and_another_tenants_prove_nothing(service: Service, eve: Person) -> None:
    foreign = new_service(eve)
    assert _refusal(signed(service.claims(), foreign.private, {"kid": foreign.key.kid})) is Reason.ASSERTION_KEY
    assert _refusal(signed(service.claims(), foreign.private)) is Reason.ASSERTION_KEY


def _spelled(header: bytes, service: Service) -> str:
    """Return a good assertion under another header, as it stands."""
    part = base64.urlsafe_b64encode(header).rstrip(b"=").decode()
    return ".".join([part, *service.assertion().split(".")[1:]])


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "", "HS256", "RS256", "PS256", "ES384", "ES256K", "EdDSA", "es256"]
)
def test_the_algorithm_is_the_keys_and_never_the_headers(service: Service, algorithm: str) -> None:
    assert _refusal(_spelled(f'{{"alg":"{algorithm}"}}'.encode(), service)) is Reason.ASSERTION_KEY


def test_the_public_key_is_no_shared_secret(service: Service) -> None:
    for secret in (service.private.as_pem(private=False), service.key.kid.encode()):
        header = base64.urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=").decode()
        signing_input = f"{header}.{service.assertion().split('.')[1]}"
        mac = hmac.digest(secret, signing_input.encode(), "sha256")
        token = f"{signing_input}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        assert _refusal(token) is Reason.ASSERTION_KEY


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_the_header_brings_along_is_not_looked_at(service: Service, name: str) -> None:
    mine = ECKey.generate_key("P-256")
    brought = {"jwk": mine.as_dict(private=False), "x5c": ["MIIB"]}.get(name, "https://attacker.example/jwks")
    claims = service.claims()
    assert _refusal(signed(claims, mine, {name: brought})) is Reason.ASSERTION_KEY
    assert _authenticate(signed(claims, service.private, {name: brought})).id == service.row.id


HEADERS = [b'{"alg":"ES256","crit":["exp"],"exp":1}', b'{"alg":"ES256","b64":false,"crit":["b64"]}']
HEADERS += [
    b'{"alg":"ES256","alg":"none"}',
    b"[]",
    b'"x"',
    b"{",
    b'{"alg":NaN}',
    b"[" * 2000,
    b"\xff",
    b'{"a":"\\ud800"}',
]


@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
def test_hostile_headers(service: Service, header: bytes) -> None:
    assert _refusal(_spelled(header, service)) in {Reason.ASSERTION_MALFORMED, Reason.ASSERTION_KEY}


@pytest.mark.parametrize("text", ["", "x", "a.b", "a.b.c", "..", "a.b.c.d", "é.é.é", "=.=.=", "a" * 5000, "\x00"])
def test_what_is_no_jws(service: Service, text: str) -> None:
    assert _refusal(text) is Reason.ASSERTION_MALFORMED


def test_an_assertion_larger_than_the_bound_is_not_read(service: Service) -> None:
    assert _refusal(service.assertion(padding="x" * 4096)) is Reason.ASSERTION_MALFORMED


def _mutated(assertion: str, dice: random.Random) -> str:
    """Return the assertion with one thing about it changed."""
    at = dice.randrange(len(assertion))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.="
    header, claims, signature = assertion.split(".")
    return dice.choice(
        [
            assertion[:at] + dice.choice(alphabet) + assertion[at + 1 :],
            assertion[:at] + assertion[at + 1 :],
            assertion[:at] + dice.choice(alphabet) + assertion[at:],
            assertion[:-1] + dice.choice(alphabet),
            f"{header}.{claims}.{signature}{dice.choice(['=', '==', 'A', '.', ' ', chr(10)])}",
            f"{claims}.{header}.{signature}",
            f"{header}.{claims}.{signature[::-1]}",
            f"{header}.{claims}.{signature[: dice.randrange(len(signature))]}",
        ]
    )


def test_o13_no_mutation_of_an_assertion_is_accepted(service: Service) -> None:
    """The original is never presented: each of these is refused for itself."""
    dice, tried, accepted = random.Random(20261123), 0, []
    while tried < MUTATIONS:
        assertion = service.assertion()
        mutation = _mutated(assertion, dice)
        if mutation == assertion:
            continue
        tried += 1
        try:
            with transaction.atomic():
                _authenticate(mutation)
            accepted.append(mutation)
        except Rejected:
            continue
    assert accepted == []
    assert UsedAssertion.objects.count() == 0


def test_a_client_id_opens_its_own_tenant_only(service: Service, eve: Person) -> None:
    with org_scope(eve.organization.id):
        assert assertions.authenticate(service.assertion(), ENDPOINT).org_id == service.person.organization.id
        assert ServiceIdentity.objects.count() == 0
