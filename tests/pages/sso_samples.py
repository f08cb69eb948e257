"""Sample contexts of single sign-on: an admin's pages, and the way in."""

import uuid
from types import SimpleNamespace

from accounts.sso.asserted import Asserted
from accounts.sso.forms import ConnectionForm, DiscoveryForm, DomainForm, OidcForm, RolesForm
from audit.reasons import Reason
from tenants.permissions import Role
from tests.pages.rows import ORGANIZATION, Person, ago

Context = dict[str, object]
CRUMBS = [{"label": "SSO and domains", "url": "/sso/"}]
PROVIDER_ID = "org-00000000000040008000000000000000-0123456789abcdef"
BASE = f"https://tidegate.example/sign-in/sso/{PROVIDER_ID}"
HANDOVER = [("Redirect URI", f"{BASE}/callback"), ("Sign-in address (initiate login URI)", BASE)]
OLGA = Person(email="olga@acme.example", name="Olga Olsen")


def _connection(**values: object) -> SimpleNamespace:
    fields: Context = {
        "id": uuid.UUID(int=7),
        "name": "Acme Okta",
        "org": ORGANIZATION,
        "provider_id": PROVIDER_ID,
        "pinned": {"issuer": "https://acme.okta.example"},
        "state": "enabled",
        "is_enabled": True,
        "is_enforced": True,
        "certificate_state": "expiring",
        "certificate_ends_at": ago(days=-20),
        "tested_at": ago(hours=2),
        "get_kind_display": "OpenID Connect",
        "break_glass": OLGA,
        "break_glass_id": uuid.UUID(int=9),
        "default_role": "",
    }
    return SimpleNamespace(**(fields | values))


def _steps(current: str) -> list[SimpleNamespace]:
    labels = ["Identity provider", "Groups and roles", "Test", "Enable"]
    return [SimpleNamespace(label=label, url="/", done=label < "H", current=label == current) for label in labels]


def overview() -> Context:
    proved: Context = {"proved_at": ago(days=30), "checked_at": ago(hours=3), "missing_since": None, "lapses_at": None}
    missing = proved | {"missing_since": ago(days=5), "lapses_at": ago(days=-12)}

    def domain(number: int, name: str, proof: Context | None, lapsed: bool = False) -> Context:
        return {
            "domain": SimpleNamespace(id=uuid.UUID(int=number), name=name, lapsed_at=ago(days=2) if lapsed else None),
            "proof": SimpleNamespace(**proof) if proof else None,
            "record_name": f"_tidegate.{name}",
            "record_value": "tidegate-domain=Zk3yqT8sVbN1xL5mR7wQ2dF9hJ4c",
        }

    enforced = _connection()
    draft = _connection(
        id=uuid.UUID(int=8), name="Acme SAML", state="draft", is_enabled=False, is_enforced=False, pinned={}
    )
    return {
        "domains": [
            domain(1, "acme.example", proved),
            domain(2, "a-company-with-a-long-name.example", None),
            domain(3, "acme-rockets.example", missing),
            domain(4, "former-acme.example", None, lapsed=True),
        ],
        "connections": [enforced, draft],
        "enforced": enforced,
        "break_glass_ready": set(),
        "domain_form": DomainForm(),
        "may_change": True,
    }


def nothing() -> Context:
    return {"domains": [], "connections": [], "enforced": None, "domain_form": DomainForm(), "may_change": True}


def connection_new() -> Context:
    return {"form": ConnectionForm(), "crumbs": CRUMBS}


def _of(current: str, **values: object) -> Context:
    shared = {"connection": _connection(), "steps": _steps(current), "handover": HANDOVER}
    return {**shared, "crumbs": CRUMBS, "may_change": True, **values}


def connection() -> Context:
    identity = SimpleNamespace(user=OLGA, subject="00u1x2y3z4", last_used_at=ago(hours=1))
    owner = SimpleNamespace(user=OLGA, user_id=uuid.UUID(int=9))
    return _of(
        "Enable",
        connection=_connection(is_enforced=False),
        facts=[("Issuer", "https://acme.okta.example"), ("Algorithms", "RS256, ES256")],
        people=[identity],
        people_count=12,
        candidates=[owner],
        roles=[{"group": "engineers", "role": "developer"}, {"group": "board", "role": "admin"}],
    )


def provider() -> Context:
    return _of("Identity provider", form=OidcForm(has_secret=False))


def roles() -> Context:
    form = RolesForm(initial={"groups_claim": "groups", "role_map": "engineers = developer"})
    preview = {"has_preview": True, "previewed": ["engineers"], "preview_role": Role.DEVELOPER}
    return _of("Groups and roles", form=form, **preview)


def tried() -> Context:
    last = {
        "subject": "00u1x2y3z4",
        "email": "ann@acme.example",
        "name": "Ann",
        "groups": ["engineers", "everyone"],
        "claims": [["iss", "https://acme.okta.example"], ["sub", "00u1x2y3z4"], ["groups", "engineers, everyone"]],
        "act": "create",
        "sentence": "would get a new account, bound to this subject",
        "who": "Ann",
        "role": "developer",
        "former_role": "",
        "reason": "",
    }
    return _of("Test", connection=_connection(is_enabled=False, is_enforced=False), last=last)


def not_tried() -> Context:
    return _of("Test", last=None)


def discover() -> Context:
    return {"form": DiscoveryForm(), "remembered": _connection()}


def sent() -> Context:
    return {"email": "ann@acme.example"}


def entry() -> Context:
    return {"connection": _connection(), "next": "/keys/"}


def refused() -> Context:
    return {"connection": _connection(), "reason": Reason.SSO_NOT_LINKED, "may_link": True}


def link() -> Context:
    return {"connection": _connection()}


def link_confirm() -> Context:
    said = Asserted("auth0|a-subject-that-is-long-enough-to-break", "olga@acme.example", True, "Olga Olsen")
    return {"connection": _connection(), "said": said}


def bindings() -> list[SimpleNamespace]:
    """One connection that the account is bound to, and one that it is not."""
    bound = SimpleNamespace(subject="auth0|0123456789", created_at=ago(days=40), last_used_at=ago(hours=3))
    other = _connection(name="Acme SAML")
    return [
        SimpleNamespace(connection=_connection(), identity=bound),
        SimpleNamespace(connection=other, identity=None),
    ]


def required() -> Context:
    return {"organization": ORGANIZATION, "connection": _connection(), "next": "/keys/"}


def not_your_own() -> Context:
    return {"memberships": [SimpleNamespace(org=ORGANIZATION)]}


PAGES = {
    "sso/overview.html": overview,
    "sso/connection_new.html": connection_new,
    "sso/connection.html": connection,
    "sso/provider.html": provider,
    "sso/roles.html": roles,
    "sso/test.html": tried,
    "sso/discover.html": discover,
    "sso/sent.html": sent,
    "sso/entry.html": entry,
    "sso/refused.html": refused,
    "sso/link.html": link,
    "sso/link_confirm.html": link_confirm,
    "sso/required.html": required,
    "sso/not_your_own.html": not_your_own,
}
EMPTY = {"sso/overview.html": nothing, "sso/test.html": not_tried}
