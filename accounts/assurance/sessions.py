"""Ends sessions: what changed how a person signs in leaves no browser signed in that was so before."""

import time
import uuid

from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from accounts.assurance.models import SecurityPolicy
from accounts.factors import Proof

SEEN = "seen_at"
_SEEN_EVERY = 60.0


def end_all(user_id: uuid.UUID, but: str | None = None) -> None:
    """End every session of a person, except the one with the key `but`."""
    for session in UserSession.objects.filter(user_id=user_id).exclude(session_key=but or ""):
        session.end()


def rotate(request: HttpRequest) -> None:
    """Give the session another key, under which the list of the person's sessions goes on knowing it."""
    former = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=former).update(session_key=request.session.session_key)


def has_run_out(request: HttpRequest, policy: SecurityPolicy, proof: Proof) -> bool:
    """Tell whether the session is older, or was idle for longer, than the policy lets it be; notes that it is used."""
    now = time.time()
    if policy.lifetime_hours and proof.began_at and now - proof.began_at > policy.lifetime_hours * 3600:
        return True
    if not policy.idle_minutes:
        return False
    seen = request.session.get(SEEN, now)
    if now - seen > policy.idle_minutes * 60:
        return True
    if SEEN not in request.session or now - seen > _SEEN_EVERY:
        request.session[SEEN] = now
    return False
