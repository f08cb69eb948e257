"""Operators' reading across tenants: an explicit mode, through a database role of its own, decided and audited."""

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from audit.events import Event
from audit.record import Actor, record_event
from tenants.guard import Grant, require
from tenants.models import Organization
from tenants.permissions import Permission
from tenants.policy import allows
from tenants.principal import Duty, Level, Principal, PrincipalKind, Resource
from tenants.proxies import client_address
from tenants.scope import org_scope

ALIAS = "operator"


def organization_ids() -> list[uuid.UUID]:
    """Return every organisation, for work on all of them, each in its own scope."""
    return list(QuerySet(Organization, using=ALIAS).order_by("pk").values_list("pk", flat=True))


def operator_of(request: HttpRequest) -> Principal:
    """Return the signed-in operator. The level is that of the session, or an emergency code's, which opens no more."""
    level: Level = request.operator_level()  # type: ignore[attr-defined]  # accounts.assurance sets it
    return operator(request, level, frozenset({Duty.OPERATIONS}))


def operator(request: HttpRequest, level: Level, duties: frozenset[Duty]) -> Principal:
    """Return the signed-in person as one of the company's own, who belongs to no tenant."""
    fresh: bool = request.proof.is_fresh()  # type: ignore[attr-defined]  # accounts.factors sets it
    return Principal(
        kind=PrincipalKind.OPERATOR,
        id=str(request.user.pk),
        org_id=None,
        label=str(request.user),
        level=level,
        fresh=fresh,
        user_id=request.user.pk,
        address=client_address(request),
        duties=duties,
    )


def operator_grant(request: HttpRequest, permission: Permission, organization: Model) -> Grant:
    """Decide and record, in the tenant's own record, what an operator does to it; the tenant's scope must be open."""
    resource = Resource("organization", organization.pk, str(organization.pk))
    return require(operator_of(request), permission, resource, request.META["tidegate.request_id"])


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin  # generic in the stubs only


class OperatorAdmin(ModelAdmin):
    """A read-only page over every tenant's rows. What the operator's database role may not read stays unread."""

    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read as the operator's database role: the tenant manager would refuse, and should."""
        return QuerySet(self.model, using=ALIAS).order_by(*self.ordering or ("pk",))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_authenticated and allows(operator_of(request), Permission.TENANTS_READ)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        """Tell the tenant, in its own audit log, that an operator opened one of its rows."""
        row = kwargs.get("obj")
        org_id = row.pk if isinstance(row, Organization) else getattr(row, "org_id", None)  # people have none
        if row is not None and org_id is not None:
            actor = _actor(request)
            with org_scope(org_id):
                record_event(Event.OPERATOR_READ, actor, f"{row._meta.label_lower}/{row.pk}", str(row))
        return super().render_change_form(request, context, *args, **kwargs)


def _actor(request: HttpRequest) -> Actor:
    principal = operator_of(request)
    return Actor(principal.kind.value, principal.id, principal.label, principal.address)
