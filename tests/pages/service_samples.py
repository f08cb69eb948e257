"""Sample contexts for the pages of service identities."""

import uuid
from types import SimpleNamespace
from typing import Any

from accounts.models import User
from accounts.workloads import examples, public_keys
from accounts.workloads.federation import Check
from accounts.workloads.forms import IssuerForm, KeyForm, OwnerForm, ServiceForm, TryForm
from accounts.workloads.models import ServiceIdentity, ServiceKey, TrustedIssuer
from accounts.workloads.presets import GUIDES
from audit.reasons import Reason
from tenants.permissions import KEY_SCOPES
from tests.pages.rows import BASE_URL, ago, decision

Context = dict[str, Any]
CRUMBS = [{"label": "Service identities", "url": "/services/"}]
OWNERS = [SimpleNamespace(user_id=uuid.UUID(int=number), user=f"Person {number}", role="admin") for number in (1, 2)]
CLIENT_ID = "svc_Zk3yqT8sVbN1xL5mR7wQ2dF9hJ4c"


def _service(name: str = "Invoice worker", **values: object) -> ServiceIdentity:
    fields: dict[str, object] = {
        "client_id": CLIENT_ID,
        "name": name,
        "scopes": sorted(scope.value for scope in KEY_SCOPES)[:3],
        "owner": User(name="Olga Olsen", email="olga@acme.example"),
        "created_at": ago(days=40),
        "last_used_at": ago(minutes=3),
    }
    return ServiceIdentity(**(fields | values))


def _key(letter: str, **values: object) -> ServiceKey:
    fields: dict[str, object] = {"kid": letter * 43, "algorithm": "ES256", "origin": "generated", "jwk": {}}
    return ServiceKey(**(fields | {"created_at": ago(days=30), "last_used_at": ago(hours=1)} | values))


def _issuer(**values: object) -> TrustedIssuer:
    fields: dict[str, object] = {
        "name": "Releases of the web shop",
        "preset": "github",
        "issuer": "https://token.actions.githubusercontent.com",
        "jwks_url": "https://token.actions.githubusercontent.com/.well-known/jwks",
        "audience": BASE_URL,
        "algorithms": ["RS256"],
        "subject": "repo:acme-robotics/web-shop:ref:refs/heads/main",
        "claims": [{"name": "repository_owner_id", "value": "4242"}],
        "created_at": ago(days=3),
    }
    return TrustedIssuer(**(fields | values))


def services_list() -> Context:
    ways: tuple[tuple[list[ServiceKey], list[TrustedIssuer]], ...] = (
        ([_key("a"), _key("b")], []),
        ([], [_issuer()]),
        ([], []),
        ([_key("c")], []),
    )
    rows = [
        _service(),
        _service("Release pipeline of the web shop in Frankfurt"),
        _service("New one", last_used_at=None),
        _service("Old one", disabled_at=ago(days=1)),
    ]
    for row, (keys, issuers) in zip(rows, ways, strict=True):
        row.keys, row.issuers, row.is_orphaned = keys, issuers, row.name == "New one"  # type: ignore[attr-defined]  # the stubs do not know it
    return {"services": rows, "sort": "-created_at", "next_cursor": "abc", "may_change": True}


def service_detail() -> Context:
    keys = [
        _key("a", expires_at=ago(days=-100)),
        _key("b", expires_at=ago(days=-2), origin="uploaded", algorithm="RS256"),
        _key("c", revoked_at=ago(days=3), last_used_at=None),
    ]
    because = {"because": Reason.ASSERTION_REPLAYED.value}
    return {
        "service": _service(),
        "is_orphaned": True,
        "keys": keys,
        "living": keys[:2],
        "issuers": [_issuer(), _issuer(name="Old pipeline", revoked_at=ago(days=1), claims=[])],
        "recent": [decision(), decision("allow", ("GRD-OK-001",))],
        "refused": [SimpleNamespace(detail=because, created_at=ago(hours=2))],
        "owner_form": OwnerForm(owners=OWNERS),  # type: ignore[arg-type]  # of a wider type on purpose
        "may_change": True,
        "snippets": examples.snippets(ServiceIdentity(client_id=CLIENT_ID), BASE_URL),
        "crumbs": CRUMBS,
    }


def nothing_yet() -> Context:
    emptied: Context = {"keys": [], "living": [], "issuers": [], "recent": [], "refused": [], "is_orphaned": False}
    return service_detail() | emptied


def service_form() -> Context:
    form = ServiceForm(scopes=sorted(KEY_SCOPES), owners=OWNERS)  # type: ignore[arg-type]  # of a wider type on purpose
    return {"form": form, "service": None, "crumbs": CRUMBS}


def key_add() -> Context:
    return {"form": KeyForm(), "service": _service(), "living": [_key("a", expires_at=ago(days=-9))], "crumbs": CRUMBS}


def key_made() -> Context:
    made = public_keys.generate()
    shown = {
        "pem": made.pem,
        "jwk": made.jwk,
        "snippets": examples.snippets(ServiceIdentity(client_id=CLIENT_ID), BASE_URL),
    }
    return {"service": _service(), "key": _key("a"), **shown}


def issuer_add() -> Context:
    guide = GUIDES[0]
    tabs = [{"label": each.preset.label, "url": f"?preset={each.preset}", "active": each is guide} for each in GUIDES]
    return {
        "form": IssuerForm(initial={"issuer": guide.issuer, "jwks_url": guide.jwks_url, "subject": guide.subject}),
        "service": _service(),
        "guide": guide,
        "tabs": [tab | {"count": None} for tab in tabs],
        "snippets": [{"label": "Getting a token there", "code": guide.token.replace("{audience}", BASE_URL)}],
        "crumbs": CRUMBS,
    }


def issuer_try() -> Context:
    issuer = _issuer()
    reason = Reason.SUBJECT_TOKEN_SUBJECT
    checks = [
        Check("Issuer", True, issuer.issuer, issuer.issuer, Reason.ISSUER_UNTRUSTED),
        Check("Subject", False, issuer.subject, "repo:acme-evil/web-shop:ref:refs/heads/main", reason),
        Check("Claim repository_owner_id", False, "4242", "", Reason.SUBJECT_TOKEN_CLAIM),
    ]
    return {
        "form": TryForm(),
        "service": _service(),
        "checked": [{"issuer": issuer, "checks": checks, "holds": False}],
        "accepted": None,
        "said": [{"label": "Header", "code": '{"alg": "RS256"}'}, {"label": "Claims", "code": '{"sub": "x"}'}],
        "crumbs": CRUMBS,
    }
