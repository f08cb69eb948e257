"""Operators' page of emergency codes: who had one made, why, and when it was used. The code itself is nowhere."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.assurance.models import BreakGlass
from tenants.operations import OperatorAdmin


@admin.register(BreakGlass)
class BreakGlassAdmin(OperatorAdmin):
    list_display = ("made_at", "user", "reason", "used_at", "address")
    ordering = ("-made_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BreakGlass]:
        """Operators belong to no tenant."""
        return BreakGlass.objects.select_related("user").order_by("-made_at")
