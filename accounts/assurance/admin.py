"""Operators' pages of emergency codes (the code itself is nowhere), and of resetting a person's second factors."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.assurance import recovery
from accounts.assurance.models import BreakGlass
from accounts.models import User
from tenants.guard import Grant, Refused
from tenants.memberships import organizations_of
from tenants.models import Organization
from tenants.operations import OperatorAdmin, operator_grant, operator_of
from tenants.permissions import Permission
from tenants.policy import CONFIRMABLE, Denied, decide
from tenants.principal import Resource
from tenants.scope import org_scope


@admin.register(BreakGlass)
class BreakGlassAdmin(OperatorAdmin):
    list_display = ("made_at", "user", "reason", "used_at", "address")
    ordering = ("-made_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BreakGlass]:
        """Operators belong to no tenant."""
        return BreakGlass.objects.select_related("user").order_by("-made_at")


class ResetForm(forms.Form):
    """Why, and of whom once more."""

    reason = forms.CharField(
        min_length=10,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="The person and whoever looks after one of their organisations read it: name no other organisation.",
    )
    confirm = forms.CharField(
        label="Their e-mail address, once more", max_length=254, widget=forms.TextInput(attrs={"class": "vTextField"})
    )

    def __init__(self, user: User, data: Any = None) -> None:  # noqa: ANN401
        self._user = user
        super().__init__(data)

    def clean_confirm(self) -> str:
        said: str = self.cleaned_data["confirm"]
        if said.lower() != self._user.email:
            raise ValidationError("This is not the address of the person you chose.")
        return said


@admin.action(description="Reset second factors of one person", permissions=["recover"])
def reset_factors(page: OperatorAdmin, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
    """Ask for the reason, then do it; the passkey is asked for in between where none was used within five minutes."""
    if queryset.count() != 1:
        messages.error(request, "Choose one person: each needs a reason of their own.")
        return None
    user = queryset.get()
    form = ResetForm(user, request.POST if "reason" in request.POST else None)
    if not form.is_valid():
        return _asked(page, request, user, form)
    try:
        recovery.recover(_grants(request, user), user, form.cleaned_data["reason"])
    except Refused as refusal:
        if CONFIRMABLE.issuperset(refusal.reasons):
            answer: HttpResponse = request.confirm(refusal)  # type: ignore[attr-defined]  # AssuranceMiddleware sets it
            return answer
        messages.error(request, str(refusal))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        LogEntry.objects.log_actions(
            str(request.user.pk), [user], CHANGE, "reset the second factors", single_object=True
        )
        messages.success(request, f"{user.email} signs in with the password and has 24 hours to add a factor.")
    return None


def _asked(page: OperatorAdmin, request: HttpRequest, user: User, form: ResetForm) -> HttpResponse:
    context = page.admin_site.each_context(request) | {
        "title": "Reset second factors",
        "person": user,
        "organizations": len(organizations_of(user.pk)),
        "form": form,
        "opts": page.model._meta,
    }
    return TemplateResponse(request, "assurance/operator_reset.html", context, status=422 if form.is_bound else 200)


def _grants(request: HttpRequest, user: User) -> dict[uuid.UUID, Grant]:
    """Decide the act in each organisation of the person, in its own record; where there is none, without a record."""
    grants = {}
    for org_id in organizations_of(user.pk):
        with org_scope(org_id):
            grants[org_id] = operator_grant(request, Permission.FACTORS_RECOVER, Organization.objects.get())
    decision = decide(operator_of(request), Permission.FACTORS_RECOVER, Resource("people", None, str(user.pk)))
    if isinstance(decision, Denied):
        raise Refused(decision.reasons, Permission.FACTORS_RECOVER)
    return grants
