"""Operators' pages: disputes and freezes of every tenant, read-only."""

from django.contrib import admin

from billing.disputes.models import DisputeCase
from billing.entitlements.models import Freeze
from tenants.operations import OperatorAdmin


@admin.register(DisputeCase)
class DisputeCaseAdmin(OperatorAdmin):
    list_display = (
        "stripe_id",
        "org_id",
        "case_type",
        "reason",
        "status",
        "state",
        "amount_cents",
        "currency",
        "due_at",
    )
    list_filter = ("state", "case_type")
    search_fields = ("=stripe_id", "=charge_id")
    ordering = ("-opened_at", "pk")


@admin.register(Freeze)
class FreezeAdmin(OperatorAdmin):
    list_display = ("cause", "org_id", "pauses", "opened_at", "lifted_at")
    list_filter = ("pauses",)
    search_fields = ("=cause",)
    ordering = ("-opened_at", "pk")
