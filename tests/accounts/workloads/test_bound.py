"""A service's tokens bound to a key (RFC 9449): asked for with a proof, or demanded by the service's own switch."""

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings

from accounts.oauth.clients import ASSERTION_TYPE
from accounts.workloads import examples, identities
from accounts.workloads.identities import ServiceRequest
from audit.events import Event
from audit.models import AuditEvent
from audit.reasons import Reason
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.oauth.conftest import signing_key  # noqa: F401 (a fixture)
from tests.accounts.oauth.holder import TOKEN, Holder
from tests.accounts.workloads.services import Service
from tests.people import new_client

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
GUARD = "/v1/guard"


def asked(service: Service, **headers: str) -> "Response":
    """Ask for a token of a service."""
    proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": service.assertion()}
    body = urlencode({"grant_type": "client_credentials", **proof})
    return new_client(**headers).post(TOKEN, body, content_type=FORM)


def checked(**headers: str) -> "Response":
    return new_client(**headers).post(GUARD, {"input": "Hello"}, content_type="application/json")


def bound_only(service: Service) -> None:
    person, row = service.person, service.row
    wanted = ServiceRequest(name=row.name, scopes=row.scopes, owner_id=person.user.pk, dpop_only=True)
    with org_scope(person.organization.id):
        identities.change(person.may(Permission.SERVICES_CHANGE), row.id, wanted)


def test_a_service_calls_with_a_bound_token(service: Service) -> None:
    holder = Holder()
    made = asked(service, dpop=holder.proof("POST", TOKEN)).json()
    assert made["token_type"] == "DPoP"
    token = made["access_token"]
    assert checked(authorization=f"DPoP {token}", dpop=holder.proof("POST", GUARD, token)).status_code == 200
    assert checked(authorization=f"Bearer {token}").status_code == 401
    assert checked(authorization=f"DPoP {token}").json()["error"]["code"] == Reason.TOKEN_PROOF.value
    assert checked(authorization=f"DPoP {token}", dpop=holder.proof("GET", GUARD, token)).status_code == 401


def test_a_service_that_has_bound_tokens_only_gets_and_keeps_no_others(service: Service) -> None:
    plain = asked(service).json()["access_token"]
    assert checked(authorization=f"Bearer {plain}").status_code == 200
    bound_only(service)
    assert checked(authorization=f"Bearer {plain}").status_code == 401
    refused = asked(service)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    assert asked(service, dpop=Holder().proof("POST", TOKEN)).json()["token_type"] == "DPoP"
    with org_scope(service.person.organization.id):
        refusals = AuditEvent.objects.filter(event=Event.TOKEN_REFUSED.value, actor_id=service.row.client_id)
        assert refusals.get().detail == {"because": Reason.TOKEN_PROOF.value}


@pytest.mark.parametrize("proof", ["", "nonsense", "a.b.c"])
def test_a_proof_that_is_none_is_not_passed_over(service: Service, proof: str) -> None:
    """Whoever sends one wants a bound token; one that is not would come as a surprise."""
    refused = asked(service, dpop=proof)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    assert asked(service, dpop=Holder().proof("POST", "/oauth/introspect")).status_code == 400


def test_the_program_of_a_bound_services_page_works(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program as it stands on the page; its calls reach the product without a network between."""
    bound_only(service)
    service.row.refresh_from_db()
    (shown,) = examples.snippets(service.row, settings.BASE_URL)
    (tmp_path / "private.pem").write_bytes(service.private.as_pem(private=True))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "httpx", cast("ModuleType", _Here))
    exec(compile(shown["code"], "page", "exec"), {})
    assert "block" in capsys.readouterr().out


class _Here:
    """What the program wants of httpx, answered by the product in this process."""

    @staticmethod
    def post(url: str, headers: dict[str, str], data: Any = None, json: Any = None) -> "_Here":  # noqa: ANN401
        sent = {"data": urlencode(data), "content_type": FORM} if data else {"data": json, "content_type": JSON}
        return _Here(new_client(**headers).post(urlsplit(url).path, **sent))

    def __init__(self, answer: "Response") -> None:
        self.json = answer.json
        self.status_code = answer.status_code

    def raise_for_status(self) -> "_Here":
        assert self.status_code == 200
        return self
