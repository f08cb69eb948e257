"""The guard policy: what happens to each class of content, and the versions before."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from promptguard.forms import PolicyForm
from promptguard.models import GuardPolicy
from promptguard.policies import activate, active_policy
from tenants.access import PageRequest, page
from tenants.permissions import Permission
from tenants.policy import allows

SHOWN = 20


@page(Permission.POLICY_READ)
def policy(request: PageRequest) -> HttpResponse:
    active = active_policy(request.organization.id)
    return _page(request, PolicyForm(rules=active.rules), active.version)


@page(Permission.POLICY_CHANGE, "POST")
def policy_change(request: PageRequest) -> HttpResponse:
    active = active_policy(request.organization.id)
    form = PolicyForm(request.POST, rules=active.rules)
    if form.is_valid():
        try:
            made = activate(request.grant, form.rules(), form.cleaned_data["note"])
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, f"Version {made.version} is active from the next request on.")
            return redirect("policy")
    return _page(request, form, active.version, status=422)


def _page(request: PageRequest, form: PolicyForm, version: str, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "version": version,
        "versions": GuardPolicy.objects.order_by("-version")[:SHOWN],
        "may_change": allows(request.principal, Permission.POLICY_CHANGE),
    }
    return render(request, "promptguard/policy.html", context, status=status)


urlpatterns = [
    path("policy/", policy, name="policy"),
    path("policy/change", policy_change, name="policy_change"),
]
