"""Sample contexts of the pages of assurance."""

from types import SimpleNamespace
from typing import Any

from accounts.assurance.forms import BreakGlassForm, PolicyForm
from audit.reasons import Reason
from tenants.guard import Refused
from tenants.permissions import Permission, Role
from tests.pages.rows import Person, ago

Context = dict[str, Any]


def _missing(email: str, role: Role, factor: str, **due: int) -> SimpleNamespace:
    membership = SimpleNamespace(user=Person(email=email), role=role.value)
    is_late = bool(due) and next(iter(due.values())) > 0
    return SimpleNamespace(membership=membership, factor=factor, due=ago(**due) if due else None, is_late=is_late)


def security_policy() -> Context:
    initial = {"require_factor": True, "grace_days": 7, "idle_minutes": "60"}
    return {
        "form": PolicyForm(initial=initial),
        "policy": SimpleNamespace(require_factor=True, excuses=True, excused_until=ago(days=-20)),
        "missing": [
            _missing("a.person.with.a.very.long.name@engineering.acme.example", Role.ADMIN, "passkey", days=-20),
            _missing("max@acme.example", Role.DEVELOPER, "second factor", days=2),
            _missing("vera@acme.example", Role.VIEWER, "second factor", days=-3),
        ],
        "may_change": True,
    }


def security_policy_read() -> Context:
    """As a security officer reads it."""
    policy = SimpleNamespace(
        require_factor=False, grace_days=7, excuses=False, excused_until=None, idle_minutes=60, lifetime_hours=None
    )
    return {"policy": policy, "missing": [], "may_change": False}


def confirm() -> Context:
    return {
        "action": "/keys/new",
        "field": "passkey",
        "fields": [("name", "Checkout")],
        "refusal": Refused((Reason.STEP_UP_REQUIRED,), Permission.KEYS_CREATE),
        "has_passkey": True,
        "failed": True,
        "js_data": {"request_options": {}},
        "target": "/keys/new",
    }


def enrol() -> Context:
    return {"action": "/confirm/passkey", "field": "passkey", "has_passkey": False, "codes_do": True, "target": "/"}


def sign_in_again() -> Context:
    return {"target": "/accounts/2fa/webauthn/add/"}


def break_glass() -> Context:
    return {"form": BreakGlassForm()}
