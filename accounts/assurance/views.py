"""The page of the security policy, the reset of a member's factors, and the pages where people prove who they are."""

import uuid

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters

from accounts.assurance import break_glass, confirm, policy, recovery, reminders, requirement
from accounts.assurance.forms import BreakGlassForm, PolicyForm, policy_form
from accounts.factors import Proof
from tenants.access import PageRequest, page, public, signed_in
from tenants.middleware import TenantRequest
from tenants.models import Membership
from tenants.permissions import Permission
from tenants.policy import allows
from tenants.principal import Level


@page(Permission.SECURITY_READ)
def security_policy(request: PageRequest) -> HttpResponse:
    return _shown(request, policy_form(policy.current()))


@page(Permission.SECURITY_CHANGE, "POST")
def security_policy_change(request: PageRequest) -> HttpResponse:
    form = PolicyForm(request.POST)
    if form.is_valid():
        try:
            policy.change(request.grant, form.wanted())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "The security policy is saved.")
            return redirect("security_policy")
    return _shown(request, form, status=422)


@page(Permission.SECURITY_READ, "POST")
def security_policy_remind(request: PageRequest) -> HttpResponse:
    reminded = reminders.remind_all(request.grant)
    people = "1 person was" if reminded == 1 else f"{reminded} people were"
    messages.success(request, f"{people} reminded by mail." if reminded else "Everybody was reminded today already.")
    return redirect("security_policy")


@page(Permission.FACTORS_RESET, "POST")
def factors_reset(request: PageRequest, membership_id: uuid.UUID) -> HttpResponse:
    membership: Membership = Membership.objects.select_related("user").get(id=membership_id)
    if request.POST.get("confirm") != membership.user.email:
        messages.error(request, "The address did not match: nothing was reset.")
        return redirect("members_list")
    try:
        made = recovery.reset(request.grant, membership_id)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        until = f"{made.until:%d %B, %H:%M} UTC"
        messages.success(request, f"{membership.user.email} signs in with the password and adds a factor by {until}.")
    return redirect("members_list")


@signed_in("asks the person for their own passkey, or leads them to make one")
def passkey_confirm(request: TenantRequest) -> HttpResponse:
    if request.method == "POST" and confirm.FIELD in request.POST:  # the middleware has found it good
        target = confirm.target_of(request)
        request.session.pop(confirm.AFTER, None)
        return redirect(target)
    target = confirm.target_of(request)
    return confirm.ask(request, reverse("passkey_confirm"), fields=[("next", target)])


@signed_in("goes on to the person's own factors, or to use the passkey they just made")
def after_enrolment(request: TenantRequest) -> HttpResponse:
    proof: Proof = request.proof  # type: ignore[attr-defined]  # FactorMiddleware sets it
    if proof.has_passkey and proof.level is not Level.AAL3:
        return redirect(confirm.address(request.session.get(confirm.AFTER, "/")))
    return redirect("mfa_index")


@signed_in("ends the person's own session, so that their identity provider is asked again")
def sign_in_again(request: TenantRequest) -> HttpResponse:
    target = confirm.target_of(request)
    if request.method == "POST":
        logout(request)
        return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")
    return render(request, "assurance/sign_in_again.html", {"target": target})


@public("asks for an operator's password and a code made on the server; slowed down as signing in is")
@sensitive_post_parameters("password", "code")
def operator_entrance(request: HttpRequest) -> HttpResponse:
    form = BreakGlassForm(request.POST or None)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            user = get_adapter().authenticate(request, email=said["email"], password=said["password"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            if user is not None and user.is_superuser and break_glass.enter(request, user, said["code"]):
                return redirect("admin:index")
            form.add_error(None, "These do not open the operators' pages.")
    return render(request, "assurance/break_glass.html", {"form": form}, status=422 if form.is_bound else 200)


def _shown(request: PageRequest, form: PolicyForm, status: int = 200) -> HttpResponse:
    current = policy.current()
    context = {
        "form": form,
        "policy": current,
        "missing": requirement.missing(current),
        "may_change": allows(request.principal, Permission.SECURITY_CHANGE),
    }
    return render(request, "assurance/security_policy.html", context, status=status)


urlpatterns = [
    path("organization/security", security_policy, name="security_policy"),
    path("organization/security/change", security_policy_change, name="security_policy_change"),
    path("organization/security/remind", security_policy_remind, name="security_policy_remind"),
    path("members/<uuid:membership_id>/reset-factors", factors_reset, name="factors_reset"),
    path("confirm/passkey", passkey_confirm, name="passkey_confirm"),
    path("emergency/", operator_entrance, name="break_glass"),
    path("confirm/enrolled", after_enrolment, name="after_enrolment"),
    path("confirm/sign-in", sign_in_again, name="sign_in_again"),
]
