"""Operators' pages: organisations, memberships and the audit log of every tenant."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from audit.models import AuditEvent
from tenants.guard import Refused
from tenants.models import Membership, Organization
from tenants.operations import OperatorAdmin, operator_grant
from tenants.permissions import Permission
from tenants.scope import org_scope
from tenants.services import organizations


@admin.register(Organization)
class OrganizationAdmin(OperatorAdmin):
    list_display = ("name", "slug", "status", "environment", "created_at")
    list_filter = ("status", "environment")
    search_fields = ("name", "slug")
    ordering = ("name", "pk")
    actions = ("suspend", "reinstate")

    @admin.action(description="Suspend: its keys are refused from the next request on", permissions=["view"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Organization]) -> None:
        self._set(request, queryset, Organization.Status.SUSPENDED)

    @admin.action(description="Reinstate", permissions=["view"])
    def reinstate(self, request: HttpRequest, queryset: QuerySet[Organization]) -> None:
        self._set(request, queryset, Organization.Status.ACTIVE)

    def _set(self, request: HttpRequest, queryset: QuerySet[Organization], status: Organization.Status) -> None:
        for organization in queryset:
            try:
                with org_scope(organization.pk):
                    grant = operator_grant(request, Permission.TENANTS_SUSPEND, organization)
                    organizations.set_status(grant, status)
            except Refused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, f"{organization} is now {status.value}.")


@admin.register(Membership)
class MembershipAdmin(OperatorAdmin):
    list_display = ("user_id", "org_id", "role", "source", "last_active_at")
    list_filter = ("role",)
    ordering = ("-created_at", "pk")


@admin.register(AuditEvent)
class AuditEventAdmin(OperatorAdmin):
    list_display = ("created_at", "org_id", "event", "actor_label", "target_label")
    search_fields = ("=event", "=actor_id")
    ordering = ("-created_at", "pk")
