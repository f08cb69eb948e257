"""Enforced single sign-on: whom it concerns, and what happens at the door of an organisation that asks for it.

It is asked for with every page, not only at sign-in: a session opens the organisation if it came through its identity
provider, or is that of the owner named for emergencies, whose role opens with a passkey only.
"""

import uuid

from django.http import HttpRequest

from accounts.models import User
from accounts.sso import connections
from accounts.sso.domains import domain_of, is_held
from accounts.sso.models import Connection
from tenants.memberships import organizations_of
from tenants.scope import org_scope
from tenants.vouching import vouched_for


def asked_of(user: User) -> Connection | None:
    """Return the connection that the open organisation wants `user` to come through; `None` for whom it does not."""
    connection = connections.enforced().first()
    if connection is None or connection.break_glass_id == user.pk or not is_held(domain_of(user.email)):
        return None
    return connection


def is_break_glass(user: User) -> bool:
    """Tell whether the open organisation enforces a connection from which `user` is excepted by name."""
    return connections.enforced().filter(break_glass_id=user.pk).exists()


def missing(request: HttpRequest, org_id: uuid.UUID) -> Connection | None:
    """Return the connection through which the signed-in person has yet to come to open `org_id`, which is open."""
    if org_id in vouched_for(request, request.user):
        return None
    user: User = request.user  # type: ignore[assignment]  # the middleware asks for people who are signed in
    return asked_of(user)


def only_way_in(user: User) -> Connection | None:
    """Return the connection that a person must come through because every organisation of theirs asks for one."""
    found: list[Connection] = []
    for org_id in organizations_of(user.pk):
        with org_scope(org_id):
            connection = asked_of(user)
        if connection is None:
            return None
        found.append(connection)
    return found[0] if found else None
