"""Sample contexts of the pages of webhooks."""

import uuid
from collections.abc import Callable
from typing import Any

from tenants.webhooks.forms import EndpointForm, RollForm
from tenants.webhooks.models import Delivery, Endpoint, Message
from tenants.webhooks.shown import Standing
from tests.pages.rows import ago

Context = dict[str, Any]
CRUMBS = [{"label": "Webhooks", "url": "/webhooks/"}]
BODY = """{
  "type": "decision.blocked",
  "timestamp": "2026-11-24T09:30:00.123456Z",
  "data": {
    "decision_id": "dec_01M84K73D2F3Q2BWJWAKYXYT7J",
    "action": "block",
    "reason_codes": [
      "GRD-INJ-001"
    ]
  }
}"""


def _endpoint(url: str = "https://hooks.acme.example/tidegate", **values: object) -> Endpoint:
    fields: dict[str, object] = {
        "org_id": uuid.UUID(int=1),
        "id": uuid.UUID(int=len(url)),
        "url": url,
        "description": "Pages the people on call",
        "events": ["decision.blocked", "decision.quarantined", "key.leaked"],
        "created_by": "olga@acme.example",
        "created_at": ago(days=20),
    }
    return Endpoint(**(fields | values))


def _delivery(kind: str, state: str, *answers: int | None, **values: object) -> Delivery:
    tries = [
        {"at": ago(minutes=9 - number), "status": status, "ms": 84 + 400 * number, "error": "" if status else ERROR}
        for number, status in enumerate(answers)
    ]
    fields: dict[str, object] = {
        "org_id": uuid.UUID(int=1),
        "message": Message(org_id=uuid.UUID(int=1), id=uuid.UUID(int=7), kind=kind, body=BODY),
        "state": state,
        "tries": tries,
        "attempts": len(tries),
        "created_at": ago(minutes=10),
        "due_at": ago(minutes=-4),
    }
    return Delivery(**(fields | values))


ERROR = "hooks.acme.example did not answer in time."


def webhooks_list() -> Context:
    disabled = {"disabled_at": ago(days=1), "disabled_because": "gone", "description": ""}
    return {
        "endpoints": [
            Standing(_endpoint(), 2, 0, ago(minutes=2)),
            Standing(_endpoint("https://a-much-longer-name.eu-central-1.acme.example/hooks/tidegate/v2"), 0, 3),
            Standing(_endpoint("https://old.acme.example/", **disabled), 0, 1_204, ago(days=3)),
        ],
        "may_change": True,
    }


def form() -> Context:
    return {
        "form": EndpointForm(),
        "title": "New endpoint",
        "text": "Its secret is shown on the next page.",
        "label": "Add endpoint",
        "back": "/webhooks/",
        "crumbs": CRUMBS,
    }


def secret() -> Context:
    endpoint = _endpoint(former_until=ago(hours=-24))
    return {"endpoint": endpoint, "secret": "whsec_" + "c2FtcGxl" * 5 + "c2FtcA==", "rolled": True}


def detail() -> Context:
    return {
        "endpoint": _endpoint(former_until=ago(hours=-20)),
        "deliveries": [
            _delivery("decision.blocked", "delivered", 204, finished_at=ago(minutes=10)),
            _delivery("key.leaked", "waiting", 500, None),
            _delivery("budget.threshold_reached", "waiting", held=True),
            _delivery("dispute.evidence_due", "failed", 301, 301, finished_at=ago(minutes=3)),
        ],
        "next_cursor": "abc",
        "may_change": True,
        "roll_form": RollForm(),
        "crumbs": CRUMBS,
    }


def disabled() -> Context:
    endpoint = _endpoint(disabled_at=ago(days=1), disabled_because="silent")
    return detail() | {"endpoint": endpoint, "deliveries": [], "next_cursor": ""}


def delivery() -> Context:
    one = _delivery("decision.blocked", "waiting", 500, None, 301)
    return {
        "endpoint": _endpoint(),
        "delivery": one,
        "tries": one.tries[::-1],
        "body": [{"label": "Body", "code": BODY}],
        "may_change": True,
        "crumbs": [*CRUMBS, {"label": "hooks.acme.example", "url": "/webhooks/"}],
    }


PAGES: dict[str, Callable[[], Context]] = {
    "tenants/webhooks/list.html": webhooks_list,
    "tenants/webhooks/form.html": form,
    "tenants/webhooks/secret.html": secret,
    "tenants/webhooks/detail.html": detail,
    "tenants/webhooks/delivery.html": delivery,
}
EMPTY: dict[str, Callable[[], Context]] = {
    "tenants/webhooks/list.html": lambda: {"endpoints": [], "may_change": True},
    "tenants/webhooks/detail.html": disabled,
    "tenants/webhooks/delivery.html": lambda: (
        delivery() | {"tries": [], "delivery": _delivery("key.leaked", "waiting")}
    ),
}
