"""Binding one's own account to a subject of a connection, which only the account's own person can do.

Whoever could make another's browser come back with a subject of *theirs* would sign in to that account afterwards. So
nothing is bound by an answer: the person proves themselves first, and the answer waits, in their session, until they
have read whose it is and said yes on a page of ours (ADR 14).
"""

import time
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import User
from accounts.sso.asserted import Asserted, revived
from accounts.sso.flow import LIFE
from accounts.sso.models import Connection, Identity

KEY = "sso_linking"


@dataclass(frozen=True, slots=True)
class Binding:
    """A connection people can come in through, and which subject of it the person is, if any."""

    connection: Connection
    identity: Identity | None


def bindings_of(user: User) -> list[Binding]:
    """Return the enabled connections of the open organisation, each with what the person is there."""
    own = {each.connection_id: each for each in Identity.objects.filter(user=user)}
    enabled = Connection.objects.filter(state=Connection.State.ENABLED)
    return [Binding(connection, own.get(connection.id)) for connection in enabled]


def keep(request: HttpRequest, connection: Connection, said: Asserted) -> None:
    """Keep whose answer came back until the signed-in person says yes to it."""
    request.session[KEY] = {
        "connection": str(connection.id),
        "user": str(request.user.pk),
        "at": time.time(),
        "said": said.plain(),
    }


def kept(request: HttpRequest, connection: Connection) -> Asserted | None:
    """Return what waits for this person's yes on this very connection, for ten minutes."""
    waiting = request.session.get(KEY)
    if waiting is None or waiting["at"] < time.time() - LIFE:
        return None
    if (waiting["connection"], waiting["user"]) != (str(connection.id), str(request.user.pk)):
        return None
    return revived(waiting["said"])


def forget(request: HttpRequest) -> None:
    """Forget what waits: a yes is good for one answer."""
    request.session.pop(KEY, None)
