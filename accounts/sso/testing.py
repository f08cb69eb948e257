"""An admin's test sign-in: it shows what the provider said and what would happen, and signs nobody in."""

import time
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.sso.asserted import Asserted
from accounts.sso.models import Connection
from accounts.sso.outcome import Act, Outcome, decide
from audit.events import Event
from audit.record import Actor, record_event

KEY = "sso_test"
_LONGEST_VALUE = 2_000
_MOMENTS = {"exp", "iat", "nbf", "auth_time", "updated_at"}
_LATEST = 253_402_300_800  # seconds since 1970: the year 10000

SENTENCES = {
    Act.SIGN_IN: "would be signed in: this subject is bound to the account",
    Act.LINK: "would be signed in, and the existing account be bound to this subject",
    Act.JOIN: "would join the organisation, and the existing account be bound to this subject",
    Act.CREATE: "would get a new account, bound to this subject",
    Act.REFUSE: "would be refused",
}


@transaction.atomic
def keep(request: HttpRequest, connection: Connection, said: Asserted, actor: Actor) -> Outcome:
    """Decide without doing, note that the test came through, and keep what to show in the admin's own session."""
    outcome = decide(connection, said)
    if outcome.act is not Act.REFUSE:
        connection.tested_at = timezone.now()
        connection.save(update_fields=["tested_at"])
    record_event(
        Event.CONNECTION_TESTED,
        actor,
        str(connection.id),
        connection.name,
        outcome=outcome.act.value,
        reason=outcome.reason.value if outcome.reason else "",
    )
    shown = {
        "subject": said.subject,
        "email": said.email,
        "name": said.name,
        "groups": list(said.groups),
        "claims": [[name, _written(name, value)] for name, value in said.claims.items()],
        "act": outcome.act.value,
        "sentence": SENTENCES[outcome.act],
        "who": str(outcome.user or said.name or said.email or said.subject),
        "role": outcome.role.value if outcome.role else "",
        "former_role": outcome.former_role.value if outcome.former_role else "",
        "reason": outcome.reason.value if outcome.reason else "",
    }
    _put(request, connection, shown)
    return outcome


def keep_failure(request: HttpRequest, connection: Connection, why: str) -> None:
    """Keep why the provider's answer was not accepted: the admin may know, and needs to."""
    _put(request, connection, {"error": why[:500]})


def last(request: HttpRequest, connection: Connection) -> dict[str, Any] | None:
    """Return what this admin's last test of `connection` came to, in this session."""
    kept: dict[str, Any] | None = request.session.get(KEY)
    return kept if kept is not None and kept["connection"] == str(connection.id) else None


def groups_of_last(request: HttpRequest, connection: Connection) -> list[str]:
    """Return the groups of the last test, to try rules with."""
    kept = last(request, connection) or {}
    groups: list[str] = kept.get("groups", [])
    return [group for group in groups if "," not in group][:20]


def _put(request: HttpRequest, connection: Connection, shown: dict[str, Any]) -> None:
    request.session[KEY] = {"connection": str(connection.id), "at": time.time(), **shown}


def _written(name: str, value: object) -> str:
    """Return a claim as people read it: lists by their items, the rest as the token has it, moments also as such."""
    if isinstance(value, list):
        text = ", ".join(each if isinstance(each, str) else orjson.dumps(each).decode() for each in value)
    else:
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
    if name in _MOMENTS and isinstance(value, int) and 0 <= value < _LATEST:
        text += f" ({datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC)"
    return text[:_LONGEST_VALUE]
