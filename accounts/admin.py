"""Operators' pages: people and API keys. A key's secrets are hashes and are not shown."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.assurance.admin import reset_factors
from accounts.models import ApiKey, User
from tenants.operations import OperatorAdmin, operator_of
from tenants.permissions import Permission
from tenants.policy import allows


@admin.register(User)
class UserAdmin(OperatorAdmin):
    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")

    actions = (reset_factors,)

    def has_recover_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and allows(operator_of(request), Permission.FACTORS_RECOVER)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """People belong to no tenant."""
        return User.objects.order_by("email")


@admin.register(ApiKey)
class ApiKeyAdmin(OperatorAdmin):
    list_display = ("name", "org_id", "environment", "created_at", "last_used_at", "revoked_at")
    list_filter = ("environment",)
    search_fields = ("name", "=id")
    ordering = ("-created_at", "pk")
