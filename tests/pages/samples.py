"""A sample context for every app page, with the shapes that the comment at the top of each template names."""

import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from audit.decisions import sentences
from audit.models import Decision
from audit.reasons import Reason
from promptguard.api.openapi import document
from promptguard.api.problems import KINDS
from promptguard.explain import explain
from promptguard.todo import Todo
from tenants.permissions import Permission, Role
from tenants.webhooks.kinds import OFFERED
from tests.pages import forms, ledger_samples, oauth_samples, sso_samples
from tests.pages.rows import (
    BASE_URL,
    DECISION_ID,
    ORGANIZATION,
    TEXT,
    Person,
    Secret,
    ago,
    decision,
    guard_decision,
    key,
)

Context = dict[str, Any]

CRUMBS = [{"label": "API keys", "url": "/keys/"}]


def home() -> Context:
    start = datetime(2026, 11, 10, tzinfo=UTC)
    days = [
        (
            f"{start + timedelta(days=day):%b %d}",
            {"allow": 300 + 37 * day % 200, "flag": 11 * day % 40, "redact": 30, "block": 20 + 17 * day % 60},
        )
        for day in range(14)
    ]
    step = {"text": "It lets your application call the guard.", "url": "/keys/new/"}
    return {
        "steps": [
            {"label": "Create the organisation", "done": True, "text": "You are its owner.", "url": "/"},
            {"label": "Make an API key", "done": False, **step},
            {"label": "Try a prompt", "done": False, "text": "See what is found, and why.", "url": "/playground/"},
        ],
        "today": {"calls": 12_345, "blocked": 231, "redacted": 87, "flagged": 12},
        "caps": ledger_samples.caps(),
        "see_budgets": True,
        "limit": {"used": 5_100, "of": 6_000},
        "todo": [
            Todo("users", "Make a second owner", "With one owner, a lost device locks everybody out.", "/members/")
        ],
        "days": days,
        "recent": [decision(), decision("deny", ("AUTHZ-SCOPE-002",)), decision("quarantine", ("GRD-SEC-001",))],
        "expiring": [key("Nightly batch", expires_at=ago(days=-3)), key()],
    }


def keys_list() -> Context:
    rows = [
        key(),
        key("Nightly batch of the reporting service in Frankfurt", "expiring"),
        key("Old", "revoked"),
        key("Trial", "expired", last_used_at=None),
    ]
    return {"keys": rows, "sort": "-last_used_at", "next_cursor": "abc", "may_create": True}


def key_detail() -> Context:
    return {
        "key": key(),
        "secrets": [
            Secret(prefix="tg_test_q7w8e9", last_four="4abc", expires_at=None),
            Secret(prefix="tg_test_a1b2c3", last_four="9xyz", expires_at=ago(hours=-20)),
        ],
        "days": [(f"Nov {day}", 120 + 53 * day % 300) for day in range(10, 24)],
        "recent": [decision(), decision("allow", ("GRD-OK-001",))],
        "may_rotate": True,
        "may_revoke": True,
        "crumbs": CRUMBS,
        "base_url": BASE_URL,
        "rotate_form": forms.RotateForm(),
    }


def key_created() -> Context:
    secret = "tg_test_" + "0123456789abcdefghjkmnpqrstvwxyz" + "9xyz"
    return {"key": key(), "secret": secret, "rotated": True, "former_until": ago(hours=-24), "base_url": BASE_URL}


def playground() -> Context:
    made = guard_decision()
    return {
        "form": forms.PlaygroundForm(initial={"text": TEXT}),
        "examples": [{"label": "An override"}, {"label": "A card number"}],
        "decision": made,
        "text": TEXT,
        "reasons": sentences(made.reason_codes),
        "scores": [("pii", 1.0), ("prompt_injection", 0.98), ("exfiltration", 0.21)],
        "telling": 0.05,
        "took_ms": 5.2,
    }


def decisions_list() -> Context:
    rows = [
        decision(),
        decision("allow", ("GRD-OK-001",), created_at=ago(hours=3)),
        decision("flag", ("GRD-MOD-001",), mode="shadow"),
        decision("redact", ("GRD-PII-001", "GRD-PII-005", "GRD-PII-002")),
        decision("quarantine", ("GRD-SEC-001",)),
        decision("deny", ("AUTHZ-ROLE-002",), principal_label="max@acme.example"),
    ]
    return {
        "decisions": rows,
        "next_cursor": "abc",
        "form": forms.DecisionFilters({"action": "block"}),
        "filtered": True,
    }


def decision_detail() -> Context:
    row = decision()
    return {
        "decision": row,
        "explanation": explain(cast(Decision, row)),
        "report_form": forms.ReportForm(),
        "crumbs": [{"label": "Decisions", "url": "/decisions/"}],
    }


def members_list() -> Context:
    def member(email: str, role: Role, factor: str, number: int, **values: object) -> Context:
        user = Person(email=email)
        row = SimpleNamespace(
            id=uuid.UUID(int=number), user=user, role=role.value, source="invitation", last_active_at=ago(hours=number)
        )
        return {
            "membership": row,
            "factor": factor,
            "is_you": False,
            "roles": list(Role)[1:],
            "may_remove": True,
            **values,
        }

    stop = SimpleNamespace(name="Invoice worker", url="/services/")
    return {
        "members": [
            member("olga@acme.example", Role.OWNER, "passkey", 1, is_you=True, roles=[], may_remove=False),
            member("max@acme.example", Role.DEVELOPER, "authenticator", 2, stops=[stop, stop]),
            member("a.person.with.a.very.long.name@engineering.acme.example", Role.VIEWER, "", 3),
        ],
        "invitations": [
            SimpleNamespace(
                id=uuid.UUID(int=5),
                email="new@acme.example",
                role="developer",
                invited_by="Olga Olsen",
                created_at=ago(days=1),
                expires_at=ago(days=-6),
            )
        ],
        "invite_form": forms.InviteForm(),
        "may_invite": True,
        "sort": "email",
    }


def security() -> Context:
    agents = [
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
    ]
    sessions = [
        SimpleNamespace(
            pk=number,
            user_agent=agent,
            ip="203.0.113.7",
            created_at=ago(days=2),
            last_seen_at=ago(minutes=2),
            is_current=not number,
        )
        for number, agent in enumerate(agents)
    ]
    event = {
        "address": "203.0.113.7",
        "created_at": ago(days=2),
        "detail": {"user_agent": agents[0], "place": "Lyon, France"},
    }
    return {
        "authenticators": {},
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "is_mfa_enabled": False,
        "sessions": sessions,
        "session_count": 2,
        "consents": [oauth_samples.consent()],
        "sign_ins": [
            SimpleNamespace(event="accounts:session:signed_in", **event),
            SimpleNamespace(event="accounts:session:sign_in_failed", **event),
        ],
        "notices": [SimpleNamespace(kind="accounts/email/new_device", email="olga@acme.example", sent_at=ago(days=1))],
        "level": "AAL1",
        "came_by_sso": True,
        "bindings": sso_samples.bindings(),
    }


def access() -> Context:
    rows = [
        {"permission": Permission.KEYS_READ, "allowed": True, "reasons": ["AUTHZ-ROLE-001"]},
        {
            "permission": Permission.MEMBERS_INVITE,
            "allowed": False,
            "reasons": ["AUTHZ-ROLE-002"],
            "needs": "An owner or administrator may.",
        },
    ]
    return {
        "role": "developer",
        "level": "AAL1",
        "areas": [{"label": "API keys", "permissions": rows}, {"label": "Members", "permissions": rows}],
        "form": forms.AccessForm({"permission": "members:invite"}),
        "answer": {**rows[1], "rules": ["roles/developer"]},
    }


def events_list() -> Context:
    def event(code: str, **values: object) -> SimpleNamespace:
        fields: Context = {
            "event": code,
            "actor_label": "olga@acme.example",
            "target": "",
            "target_label": "Backend service",
            "address": "203.0.113.7",
            "created_at": ago(hours=2),
            "decision_id": DECISION_ID,
        }
        return SimpleNamespace(**(fields | values))

    rows = [
        event("accounts:key:created"),
        event("tenants:membership:role_changed", target_label="max@acme.example"),
        event("accounts:session:signed_in", decision_id=""),
    ]
    return {"events": rows, "next_cursor": "abc", "form": forms.EventFilters({}), "may_export": True}


def api_reference() -> Context:
    return {"spec": document(BASE_URL), "base_url": BASE_URL, "words": "", "webhooks": OFFERED}


def problems() -> Context:
    return {"kinds": KINDS, "areas": [("AUTHN", [Reason.KEY_MISSING, Reason.KEY_EXPIRED]), ("LIM", [Reason.RATE_KEY])]}


def invitation() -> Context:
    return {
        "invitation": SimpleNamespace(
            org=ORGANIZATION, role="developer", invited_by="Olga Olsen", expires_at=ago(days=-6)
        ),
        "token": "abc",
    }
