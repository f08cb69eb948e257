"""Tokens that are bound to a key (RFC 9449): they open what they should to its holder, and nothing to anybody else."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.oauth import bearer
from accounts.oauth.models import AccessToken, RefreshToken, UsedProof
from accounts.oauth.tasks import sweep
from audit.models import Decision
from audit.reasons import Reason
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.oauth.conftest import Client, api
from tests.accounts.oauth.holder import TOKEN, Holder
from tests.accounts.oauth.test_changes import changed
from tests.people import Person, new_client


@pytest.fixture
def holder() -> Holder:
    return Holder()


@pytest.fixture
def bound(client_: Client, max_: Person, holder: Holder) -> str:
    """An access token of a public client that is bound to the holder's key."""
    return str(holder.exchange(client_, client_.code(max_)).json()["access_token"])


def test_a_bound_token_opens_with_its_key(client_: Client, max_: Person, holder: Holder) -> None:
    made = holder.exchange(client_, client_.code(max_)).json()
    assert made["token_type"] == "DPoP"
    told = bearer.presented(made["access_token"]).told
    assert told.jkt == holder.jkt
    for path in ("/v1/me", "/v1/decisions", "/v1/decisions?limit=1"):
        proof = holder.proof("GET", path.partition("?")[0], made["access_token"])
        assert holder.call(made["access_token"], path, proof).status_code == 200
    with org_scope(max_.organization.id):
        assert (AccessToken.objects.get().jkt, RefreshToken.objects.get().jkt) == (holder.jkt, holder.jkt)


def test_a_bound_token_sent_as_bearer_is_refused_and_recorded(bound: str, max_: Person, holder: Holder) -> None:
    """With and without a proof beside it: a thief's way down to bearer (RFC 9449, 7.2)."""
    for headers in ({}, {"dpop": holder.proof("GET", "/v1/me", bound)}):
        refused = new_client(authorization=f"Bearer {bound}", **headers).get("/v1/me")
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, Reason.TOKEN_SCHEME.value)
        assert refused.headers["WWW-Authenticate"] == 'DPoP realm="Tidegate", error="invalid_token", algs="ES256"'
    with org_scope(max_.organization.id):
        assert Decision.objects.filter(reason_codes=[Reason.TOKEN_SCHEME.value], action="deny").count() == 2


def test_a_token_without_a_key_is_a_bearer_token(client_: Client, max_: Person, holder: Holder) -> None:
    plain = client_.tokens(max_)["access_token"]
    refused = holder.call(plain, "/v1/me")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, Reason.TOKEN_SCHEME.value)
    assert new_client(authorization=f"Bearer {plain}", dpop="nonsense").get("/v1/me").status_code == 200
    key = max_.key(Permission.MODELS_READ)[1]
    assert new_client(authorization=f"Bearer {key}", dpop="nonsense").get("/v1/models").status_code == 200
    malformed = new_client(authorization=f"DPoP {key}").get("/v1/models")
    assert (malformed.status_code, malformed.json()["error"]["code"]) == (401, "AUTHN-KEY-002")


def test_o13_a_proof_is_good_once(client_: Client, bound: str, max_: Person, holder: Holder) -> None:
    proof = holder.proof("GET", "/v1/me", bound)
    assert holder.call(bound, "/v1/me", proof).status_code == 200
    again = holder.call(bound, "/v1/me", proof)
    assert (again.status_code, again.json()["error"]["code"]) == (401, Reason.TOKEN_PROOF_REPLAYED.value)
    assert 'error="invalid_dpop_proof"' in again.headers["WWW-Authenticate"]
    asked = holder.proof("POST", TOKEN)
    assert holder.exchange(client_, client_.code(max_), asked).status_code == 200
    refused = holder.exchange(client_, client_.code(max_), asked)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")


def test_o13_another_proof_under_the_same_id_is_the_same_proof(bound: str, holder: Holder) -> None:
    """ECDSA lets a holder sign one thing many ways, and a thief turn a signature over: the id is what counts."""
    one, other = (holder.proof("GET", "/v1/me", bound, jti="the-same-id") for _ in range(2))
    assert one != other
    assert [holder.call(bound, "/v1/me", proof).status_code for proof in (one, other)] == [200, 401]


def test_o13_another_key_opens_nothing(bound: str, client_: Client, max_: Person, holder: Holder) -> None:
    thief = Holder()
    refused = thief.call(bound, "/v1/me")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, Reason.TOKEN_PROOF.value)
    with org_scope(max_.organization.id):
        used = UsedProof.objects.count()
    assert thief.call(bound, "/v1/me").status_code == 401
    with org_scope(max_.organization.id):
        assert UsedProof.objects.count() == used, "what is no proof of the token's key is not written down"
    assert holder.call(bound, "/v1/me").status_code == 200


def test_a_refresh_token_of_a_public_client_goes_on_with_its_key_only(
    client_: Client, max_: Person, holder: Holder
) -> None:
    made = holder.exchange(client_, client_.code(max_)).json()
    for refused in (client_.refresh(made["refresh_token"]), Holder().refresh(client_, made["refresh_token"])):
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    second = holder.refresh(client_, made["refresh_token"])
    assert second.json()["token_type"] == "DPoP"
    assert holder.call(second.json()["access_token"], "/v1/me").status_code == 200
    assert holder.refresh(client_, made["refresh_token"]).json()["error"] == "invalid_grant"
    assert holder.call(second.json()["access_token"], "/v1/me").status_code == 401, "a replay ends the family as ever"


def test_a_confidential_client_may_change_its_key(confidential: Client, max_: Person, holder: Holder) -> None:
    """It proves itself anyway, so its refresh tokens are not bound (RFC 9449, 5)."""
    made = holder.exchange(confidential, confidential.code(max_)).json()
    second = Holder()
    renewed = second.refresh(confidential, made["refresh_token"]).json()
    assert second.call(renewed["access_token"], "/v1/me").status_code == 200
    assert confidential.refresh(renewed["refresh_token"]).json()["token_type"] == "Bearer"


def test_a_code_is_bound_where_the_application_asked_so(client_: Client, max_: Person, holder: Holder) -> None:
    code = client_.code(max_, dpop_jkt=holder.jkt)
    assert client_.exchange(code).json()["error"] == "invalid_grant"
    assert Holder().exchange(client_, code).json()["error"] == "invalid_grant"
    assert holder.exchange(client_, code).status_code == 200


def test_an_application_with_bound_tokens_only(client_: Client, olga: Person, max_: Person, holder: Holder) -> None:
    loose, tied = client_.tokens(max_), holder.exchange(client_, client_.code(max_)).json()
    code = client_.code(max_)
    assert api(loose["access_token"]).status_code == 200
    changed(olga, client_.application, dpop_only=True)
    assert api(loose["access_token"]).status_code == 401
    assert holder.refresh(client_, loose["refresh_token"]).json()["error"] == "invalid_grant"
    assert holder.call(tied["access_token"]).status_code == 200
    refused = client_.exchange(code)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    assert holder.exchange(client_, code).status_code == 200


def test_a_confidential_application_with_bound_tokens_only(
    confidential: Client, olga: Person, max_: Person, holder: Holder
) -> None:
    made = confidential.tokens(max_)
    assert api(made["access_token"]).status_code == 200
    with org_scope(olga.organization.id):
        type(confidential.application).objects.update(dpop_only=True)
    assert api(made["access_token"]).status_code == 401
    assert confidential.refresh(made["refresh_token"]).json()["error"] == "invalid_dpop_proof"
    assert holder.refresh(confidential, made["refresh_token"]).json()["token_type"] == "DPoP"


def test_introspection_tells_the_key(confidential: Client, max_: Person, holder: Holder) -> None:
    made = holder.exchange(confidential, confidential.code(max_)).json()
    told = confidential.post("/oauth/introspect", token=made["access_token"]).json()
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": holder.jkt})
    assert "cnf" not in confidential.post("/oauth/introspect", token=confidential.tokens(max_)["access_token"]).json()


def test_a_bound_token_dies_like_any_other(bound: str, client_: Client, max_: Person, holder: Holder) -> None:
    assert client_.post("/oauth/revoke", token=bound).status_code == 200
    refused = holder.call(bound, "/v1/me")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "AUTHN-TOK-002")
    assert refused.headers["WWW-Authenticate"] == 'DPoP realm="Tidegate", error="invalid_token", algs="ES256"'


def test_the_program_of_the_docs_makes_proofs(client_: Client, max_: Person, holder: Holder) -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "identity" / "tokens.md").read_text()
    found = re.search(r"```python\n(import hashlib.*?)```", text, re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(found.group(1), names)
    asked = names["proof"]("POST", f"{settings.BASE_URL}{TOKEN}")
    token = holder.exchange(client_, client_.code(max_), asked).json()["access_token"]
    proof = names["proof"]("GET", f"{settings.BASE_URL}/v1/me", token)
    assert holder.call(token, "/v1/me", proof).status_code == 200


GOOD: dict[str, Callable[[Holder, str], str]] = {
    "a query and a fragment": lambda holder, token: holder.proof(
        "GET", "/v1/me", token, htu=f"{settings.BASE_URL}/v1/me?x=1#y"
    ),
    "capitals in scheme and host": lambda holder, token: holder.proof(
        "GET", "/v1/me", token, htu=settings.BASE_URL.upper() + "/v1/me"
    ),
    "an escaped letter": lambda holder, token: holder.proof("GET", "/v1/me", token, htu=f"{settings.BASE_URL}/v1/%6de"),
    "a clock that is behind": lambda holder, token: holder.proof("GET", "/v1/me", token, iat=time.time() - 50),
    "a clock that is ahead": lambda holder, token: holder.proof("GET", "/v1/me", token, iat=int(time.time()) + 50),
    "a claim of its own": lambda holder, token: holder.proof("GET", "/v1/me", token, nonce="n", exp=time.time() + 9),
}


@pytest.mark.parametrize("made", GOOD.values(), ids=GOOD)
def test_what_libraries_write_differently_is_a_proof_too(
    bound: str, holder: Holder, made: Callable[[Holder, str], str]
) -> None:
    assert holder.call(bound, "/v1/me", made(holder, bound)).status_code == 200
    holder.jwk |= {"kid": "mine", "use": "sig", "alg": "ES256", "key_ops": ["verify"], "ext": True}
    assert holder.call(bound, "/v1/me", made(holder, bound)).status_code == 200


def test_used_proofs_are_swept(bound: str, max_: Person, holder: Holder) -> None:
    assert holder.call(bound, "/v1/me").status_code == 200
    assert sweep() == 0
    with org_scope(max_.organization.id):
        assert UsedProof.objects.count() == 2
        UsedProof.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
        UsedProof.objects.create(hash=b"h" * 32, expires_at=timezone.now() + timedelta(minutes=1))
    assert sweep() == 2
