"""Sample contexts of the desk's page of Stripe's events."""

import uuid
from collections.abc import Callable
from typing import Any

from billing.webhooks.forms import InboxFilter
from billing.webhooks.models import WebhookInbox
from tests.pages.rows import ORGANIZATION, ago

Context = dict[str, Any]
STATES = {
    "received": "",
    "failed": "APIConnectionError: Unexpected error communicating with Stripe.",
    "unassigned": "no organisation has this customer",
    "quarantined": "api_version 2026-05-27.dahlia",
    "processed": "",
}


def _event(number: int, state: str, error: str) -> WebhookInbox:
    known = {"event_id": f"evt_1QmQ2eZvKYlo2Ck{number}", "type": "charge.dispute.created", "attempts": number}
    times = {"happened_at": ago(minutes=number + 1), "received_at": ago(minutes=number)}
    return WebhookInbox(id=uuid.UUID(int=number), state=state, error=error, **known, **times)


def inbox() -> Context:
    rows = [_event(number, state, error) for number, (state, error) in enumerate(STATES.items())]
    events = [(row, ORGANIZATION if row.state in {"processed", "failed"} else None) for row in rows]
    counted = {"waiting": 3, "oldest": ago(minutes=2), "quarantined": 1}
    return {"events": events, "form": InboxFilter({}), "may_replay": True, "next_cursor": "c", **counted}


def nothing() -> Context:
    return {"events": [], "form": InboxFilter({}), "waiting": 0, "oldest": None, "quarantined": 0}


PAGES: dict[str, Callable[[], Context]] = {"webhooks/inbox.html": inbox}
EMPTY: dict[str, Callable[[], Context]] = {"webhooks/inbox.html": nothing}
