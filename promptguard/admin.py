"""Operators' pages: decisions and guard policies of every tenant."""

from django.contrib import admin

from audit.models import Decision
from promptguard.models import DecisionReport, GuardPolicy
from tenants.operations import OperatorAdmin


@admin.register(Decision)
class DecisionAdmin(OperatorAdmin):
    list_display = ("id", "created_at", "org_id", "permission", "action", "principal_label", "reason_codes")
    list_filter = ("action", "mode")
    search_fields = ("=id", "=request_id")
    ordering = ("-created_at", "-id")


@admin.register(GuardPolicy)
class GuardPolicyAdmin(OperatorAdmin):
    list_display = ("org_id", "version", "active", "author", "created_at")
    list_filter = ("active",)
    ordering = ("-created_at", "pk")


@admin.register(DecisionReport)
class DecisionReportAdmin(OperatorAdmin):
    list_display = ("created_at", "org_id", "decision_id", "expected_action")
    list_filter = ("expected_action",)
    ordering = ("-created_at", "pk")
