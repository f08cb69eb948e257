"""Sample contexts of the pages of applications and consent."""

import uuid
from types import SimpleNamespace
from typing import Any

from accounts.oauth.forms import ApplicationForm, NewApplicationForm
from accounts.oauth.scopes import sentences
from tests.pages.rows import BASE_URL, ORGANIZATION, Person, ago

Context = dict[str, Any]
CRUMBS = [{"label": "Applications", "url": "/applications/"}]
SCOPES = ["openid", "email", "me:read", "decisions:read", "usage:read"]


def application(name: str = "Tidegate command line", state: str = "active", **values: Any) -> SimpleNamespace:  # noqa: ANN401
    facts: Context = {
        "id": uuid.UUID(int=9),
        "name": name,
        "org": ORGANIZATION,
        "client_id": "app_" + "0123456789abcdef" * 2 + "01234567",
        "state": state,
        "is_public": True,
        "scopes": SCOPES,
        "dpop_only": True,
        "homepage": "https://client.example",
        "created": ago(days=9),
        "created_by": Person(email="olga@acme.example", name="Olga Olsen"),
        "last_used_at": ago(hours=3),
        "revoked_at": ago(days=1) if state == "revoked" else None,
    }
    return SimpleNamespace(**(facts | values))


def consent(**values: Any) -> SimpleNamespace:  # noqa: ANN401
    facts: Context = {
        "application": application(),
        "user": Person(email="max@acme.example", name="Max Member"),
        "scopes": sentences(SCOPES),
        "since": ago(days=3),
        "used_at": ago(minutes=12),
        "ends_at": ago(days=-27),
    }
    return SimpleNamespace(**(facts | values))


def applications_list() -> Context:
    rows = [
        application(),
        application("Weekly reports of the finance department in Frankfurt", "suspended", is_public=False),
        application("Old", "revoked", last_used_at=None),
    ]
    return {"applications": rows, "sort": "-created", "next_cursor": "abc", "may_change": True}


def application_form() -> Context:
    return {"form": NewApplicationForm(), "crumbs": CRUMBS}


def application_change() -> Context:
    initial = {"name": "Tidegate command line", "redirect_uris": "http://127.0.0.1/callback", "scopes": SCOPES}
    return {"form": ApplicationForm(initial=initial), "application": application(), "crumbs": CRUMBS}


def application_detail() -> Context:
    return {
        "application": application(is_public=False),
        "redirect_uris": ["https://client.example/callback", "http://127.0.0.1/callback"],
        "scopes": sentences(SCOPES),
        "keys": [{"kty": "EC", "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"}],
        "people": [consent(), consent(user=Person(email="a.person.with.a.very.long.name@engineering.acme.example"))],
        "may_change": True,
        "base_url": BASE_URL,
        "crumbs": CRUMBS,
    }


def consent_page() -> Context:
    return {
        "application": application(),
        "scopes": sentences(SCOPES),
        "host": "com.example.app:",
        "is_local": False,
        "is_app": True,
        "days": 30,
        "minutes": 5,
    }


def other_organization() -> Context:
    return {"target": ORGANIZATION, "next": "/oauth/authorize?client_id=app_1"}


def authorize_error() -> Context:
    return {"why": "Mismatching redirect URI."}
