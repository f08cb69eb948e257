"""What is asked of a connection before the product uses it."""

import select
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured

#: The alias that migrates. Its role owns the tables, as no other may.
OWNER = "owner"

# A role may become any role it is a member of, by SET ROLE, whether or not it inherits from it.
_WEAKNESS = """
SELECT (SELECT bool_or(rolsuper OR rolbypassrls) FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')),
       EXISTS (SELECT FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
                                      AND pg_has_role(current_user, relowner, 'MEMBER'))
"""


class UnboundRole(ImproperlyConfigured):
    """Row-level security does not bind the role of a URL; the message says which and why."""


def weakness_of_role(connection: "psycopg.Connection[Any]") -> str:
    """Return why row-level security does not bind the connection's role, or ""."""
    with connection.cursor() as cursor:
        bypasses, owns = cursor.execute(_WEAKNESS).fetchone() or (True, True)
    if bypasses:
        return "may bypass row-level security"
    return "owns tables, and an owner may take the walls down" if owns else ""


def was_cut(connection: "psycopg.Connection[Any]") -> bool:
    """Return whether the server hung up on an idle connection, as after its restart; sends and waits for nothing.

    Nobody speaks on an idle connection but a server that ends it.
    """
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))
