"""Sample contexts of the pages of alerts."""

import uuid
from types import SimpleNamespace
from typing import Any

from accounts.risk.alerts import told
from accounts.risk.forms import AlertDecisionForm, AlertFilter, RiskSettingsForm
from accounts.risk.models import Alert
from tests.pages.rows import Person, ago

Context = dict[str, Any]
TRAVEL: dict[str, str | int | float] = {
    "from": "Britain (UK)",
    "from_address": "81.2.69.142",
    "to": "United States",
    "to_address": "216.160.83.56",
    "distance_km": 5470,
    "hours": 1.0,
    "speed_kmh": 5470,
}


def _alert(rule: str = "R1", severity: str = "high", state: str = "open", **values: Any) -> SimpleNamespace:  # noqa: ANN401
    return SimpleNamespace(
        **{
            "id": uuid.UUID(int=7),
            "user": Person(email="max@acme.example", name="Max Member"),
            "client_id": "",
            "rule": rule,
            "severity": severity,
            "evidence": TRAVEL,
            "stepped_up": severity != "medium",
            "state": state,
            "get_state_display": Alert.State(state).label,
            "note": "",
            "decided_by": None,
            "decided_at": None,
            "created_at": ago(hours=2),
        }
        | values
    )


def alerts_list() -> Context:
    return {
        "alerts": [
            (_alert(), "Impossible travel"),
            (_alert("R2", "medium", "confirmed"), "A device not seen before"),
            (_alert("R3", "critical", "hostile"), "Consent declined again and again"),
        ],
        "next_cursor": "abc",
        "form": AlertFilter({"state": "open"}),
        "filtered": True,
        "held": [SimpleNamespace(user=Person(email="max@acme.example", name="Max Member"), since=ago(hours=2))],
        "settings_form": RiskSettingsForm({"trusted_networks": "203.0.113.0/24", "step_up_from": "high"}),
        "may_change": True,
    }


def nothing() -> Context:
    return alerts_list() | {"alerts": [], "held": [], "next_cursor": "", "form": AlertFilter({}), "filtered": False}


def alert_detail() -> Context:
    return {
        "alert": _alert(),
        "title": "Impossible travel",
        "evidence": told(TRAVEL),
        "is_held": True,
        "is_own": False,
        "form": AlertDecisionForm(),
        "crumbs": [{"label": "Alerts", "url": "/alerts/"}],
    }


def hold() -> Context:
    return {
        "alerts": [(_alert(), "Impossible travel")],
        "next": "/keys/",
        "has_passkey": True,
        "has_app": True,
    }
