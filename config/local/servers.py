"""Servers of the caller's own, named by the environment, that take the place of the embedded ones."""

from collections.abc import Mapping

from config.local.postgres import URL_VARIABLES

#: Celery's broker in files under ``var/``.
EMBEDDED_BROKER = "filesystem://localhost"


class IncompleteError(Exception):
    """Some database URLs are set and others are not."""


def are_named(environment: Mapping[str, str]) -> bool:
    """Return whether the environment names a database server, whole."""
    missing = [name for name in URL_VARIABLES.values() if not environment.get(name)]
    if len(missing) == len(URL_VARIABLES):
        return False
    if missing:
        raise IncompleteError(
            f"{' and '.join(missing)} must be set too: a server of your own needs a URL for each of its roles "
            "(deploy/postgres/roles.sql makes them). Unset all of them to use the embedded PostgreSQL."
        )
    return True
