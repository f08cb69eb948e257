"""What must hold before the product starts. Each check has an id; docs/deployment.md explains them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections
from django.urls import URLPattern, URLResolver, get_resolver

from tenants.access import ACCESS

# allauth's and Django admin's own views guard themselves; allauth's need a sign-in or are how one signs in.
_THIRD_PARTY = ("allauth.", "django.contrib.admin.", "config.admin_site", "django.views.static")


@register(Tags.security)
def views_declare_access(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """tidegate.E001: a view that does not say who may open it does not start."""
    return [
        Error(f"{pattern.pattern} ({_origin(pattern)}) does not declare who may open it.", id="tidegate.E001")
        for pattern in _patterns(get_resolver().url_patterns)
        if not hasattr(pattern.callback, ACCESS) and not _origin(pattern).startswith(_THIRD_PARTY)
    ]


def _patterns(entries: Iterable[URLPattern | URLResolver]) -> Iterable[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns)
        else:
            yield entry


def _origin(pattern: URLPattern) -> str:
    callback = pattern.callback
    view = getattr(callback, "view_class", callback)
    admin = getattr(callback, "model_admin", None) or getattr(callback, "admin_site", None)
    return f"{type(admin).__module__ if admin else view.__module__}.{getattr(view, '__name__', '')}"


@register(Tags.database)
def roles_cannot_bypass_walls(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **_: Any,  # noqa: ANN401
) -> list[CheckMessage]:
    """tidegate.E002: a database role that row-level security does not bind is refused."""
    found: list[CheckMessage] = []
    for alias in ("default", "operator"):
        problem = _unsafe_role(alias)
        if problem:
            found.append(Error(f"The database role of {alias!r} {problem}.", id="tidegate.E002"))
    return found


def _unsafe_role(alias: str) -> str:
    """Return what is wrong with the role, or ""; a server that cannot be asked is another check's matter."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
            superuser, bypasses = cursor.fetchone()
            cursor.execute(
                "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole AND relkind IN ('r', 'p')"
            )
            owned: int = cursor.fetchone()[0]
    except DatabaseError:
        return ""
    if superuser or bypasses:
        return "may bypass row-level security"
    return "owns tables, and an owner may take the walls down" if owned else ""


@register(Tags.security, deploy=True)
def demo_is_not_production(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """tidegate.E003: DEBUG never, and no wildcard host."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(Error("DEBUG is on.", id="tidegate.E003"))
    if "*" in settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS allows every host.", id="tidegate.E003"))
    return found
