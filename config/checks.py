"""What must hold before the product starts. Each check has an id; docs/deployment.md explains them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections
from django.urls import URLPattern, URLResolver, get_resolver

from tenants.access import ACCESS
from tenants.postgresql.connections import UnboundRole


@register(Tags.security)
def views_declare_access(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """tidegate.E001: a view that does not say who may open it does not start."""
    return [
        Error(f"{pattern.pattern} does not declare who may open it.", hint=pattern.lookup_str, id="tidegate.E001")
        for pattern in _patterns(get_resolver().url_patterns)
        if not hasattr(pattern.callback, ACCESS) and not _guards_itself(pattern.callback)
    ]


def _patterns(entries: Iterable[URLPattern | URLResolver]) -> Iterable[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns)
        else:
            yield entry


def _guards_itself(view: Callable[..., Any]) -> bool:
    """Tell whether a view is Django admin's (its site asks for an operator) or allauth's (how people sign in)."""
    module: str = getattr(view, "view_class", view).__module__
    of_admin = hasattr(view, "model_admin") or hasattr(view, "admin_site")
    return of_admin or module.startswith("allauth.") or module.startswith("django.contrib.contenttypes")


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
            found.append(Error(problem, id="tidegate.E002"))
    return found


def _unsafe_role(alias: str) -> str:
    """Return what is wrong with the role, or ""; a server that cannot be asked is asked again at the first request."""
    try:
        connections[alias].ensure_connection()
    except UnboundRole as error:
        return str(error)
    except DatabaseError:
        pass
    return ""


@register(Tags.security, deploy=True)
def demo_is_not_production(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """tidegate.E003: DEBUG never, and no wildcard host."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(Error("DEBUG is on.", id="tidegate.E003"))
    if "*" in settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS allows every host.", id="tidegate.E003"))
    return found
