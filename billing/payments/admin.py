"""Operators' pages of invoices and charges. Who holds an invoice's address may pay it: it is not shown."""

from django.contrib import admin

from billing.payments.models import ChargeState, InvoiceState
from tenants.operations import OperatorAdmin


@admin.register(InvoiceState)
class InvoiceAdmin(OperatorAdmin):
    list_display = ("stripe_id", "number", "org_id", "status", "total_cents", "paid_cents", "currency", "created_at")
    list_filter = ("status",)
    search_fields = ("=stripe_id", "=number")
    exclude = ("hosted_url",)
    ordering = ("-created_at", "pk")


@admin.register(ChargeState)
class ChargeAdmin(OperatorAdmin):
    list_display = ("stripe_id", "org_id", "status", "amount_cents", "refunded_cents", "currency", "created_at")
    list_filter = ("status", "disputed")
    search_fields = ("=stripe_id", "=invoice_id", "=payment_intent_id")
    exclude = ("card_fingerprint_hash",)
    ordering = ("-created_at", "pk")
