"""Operators' page of refunds; they are decided at the desk."""

from django.contrib import admin

from billing.refunds.models import Refund
from tenants.operations import OperatorAdmin


@admin.register(Refund)
class RefundAdmin(OperatorAdmin):
    list_display = ("id", "org_id", "amount_cents", "state", "proposer_label", "decider_label", "proposed_at")
    list_filter = ("state",)
    search_fields = ("=stripe_id",)
    ordering = ("-proposed_at", "pk")
