"""Members and invitations."""

import uuid
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from tenants import departures
from tenants.access import PageRequest, page, signed_in
from tenants.forms import InvitationForm
from tenants.middleware import TenantRequest, choose
from tenants.models import Membership
from tenants.paging import ordered_page
from tenants.permissions import PASSKEY_ROLES, Permission, Role
from tenants.policy import allows
from tenants.services import invitations, members, seats
from tenants.services.roles import grantable_roles, resettable_roles
from tenants.views.organizations import actor_of

SORTS = {"email": "user__email", "role": "role", "last_active_at": "last_active_at"}


@page(Permission.MEMBERS_READ)
def members_list(request: PageRequest) -> HttpResponse:
    shown = ordered_page(request, Membership.objects.select_related("user"), SORTS, "email")
    return _list(request, shown.rows, sort=shown.sort, next_cursor=shown.next_cursor)


@page(Permission.MEMBERS_INVITE, "POST")
def invitation_create(request: PageRequest) -> HttpResponse:
    form = _invite_form(request)
    if form.is_valid():
        try:
            made = invitations.invite(request.grant, form.cleaned_data["email"], form.cleaned_data["role"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"The invitation to {made.email} is on its way.")
            return redirect("members_list")
    messages.error(request, _first(form.errors.as_data()))
    return redirect("members_list")


@page(Permission.MEMBERS_INVITE, "POST")
def invitation_withdraw(request: PageRequest, invitation_id: uuid.UUID) -> HttpResponse:
    invitations.withdraw(request.grant, invitation_id)
    messages.success(request, "The invitation was withdrawn.")
    return redirect("members_list")


@page(Permission.MEMBERS_CHANGE, "POST")
def member_role(request: PageRequest, membership_id: uuid.UUID) -> HttpResponse:
    try:
        changed = members.change_role(request.grant, membership_id, request.POST.get("role", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{changed.user} is now {changed.role}.")
    return redirect("members_list")


@page(Permission.MEMBERS_REMOVE, "POST")
def member_remove(request: PageRequest, membership_id: uuid.UUID) -> HttpResponse:
    membership: Membership = Membership.objects.select_related("user").get(id=membership_id)
    if request.POST.get("confirm") != membership.user.email:
        messages.error(request, "The address did not match: nobody was removed.")
        return redirect("members_list")
    stopping = departures.stops([membership.user_id])
    try:
        members.remove(request.grant, membership_id)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{membership.user.email} no longer belongs to this organisation.")
        for stop in stopping.get(membership.user_id, []):
            messages.warning(request, f"“{stop.name}” is refused until somebody else answers for it.")
    return redirect("members_list")


@signed_in("the token is the right to join, for the address it was sent to")
def invitation_accept(request: TenantRequest, token: str) -> HttpResponse:
    emails = EmailAddress.objects.filter(user_id=request.user.pk, verified=True).values_list("email", flat=True)
    try:
        if request.method == "POST":
            choose(request, invitations.accept(token, list(emails), actor_of(request)))
            return redirect("home")
        context: dict[str, Any] = {"invitation": invitations.find(token, list(emails)), "token": token}
    except invitations.InvitationGone:
        return render(request, "tenants/invitation_accept.html", {}, status=404)
    except seats.NoSeat as full:
        return render(request, "tenants/invitation_accept.html", {"full": str(full)}, status=409)
    return render(request, "tenants/invitation_accept.html", context)


def _list(request: PageRequest, rows: list[Membership], **context: str) -> HttpResponse:
    may_change = allows(request.principal, Permission.MEMBERS_CHANGE)
    may_remove = allows(request.principal, Permission.MEMBERS_REMOVE)
    roles = grantable_roles(request.principal.role) if may_change else []
    factors = _factors(rows)
    may_reset = allows(request.principal, Permission.FACTORS_RESET)
    resettable = resettable_roles(request.principal.role)
    stopping = departures.stops([row.user_id for row in rows]) if may_remove else {}
    shown = [
        {
            "membership": row,
            "factor": factors.get(row.user_id, ""),
            "is_pending": Role(row.role) in PASSKEY_ROLES and factors.get(row.user_id) != "passkey",
            "may_reset": may_reset and row.user_id != request.user.pk and Role(row.role) in resettable,
            "is_you": row.user_id == request.user.pk,
            "roles": [role.value for role in roles] if Role(row.role) in roles else [],
            "stops": stopping.get(row.user_id, []),
            "may_remove": may_remove and Role(row.role) in roles,
        }
        for row in rows
    ]
    context_: dict[str, Any] = {
        "members": shown,
        "invitations": invitations.open_invitations().select_related("invited_by"),
        "invite_form": _invite_form(request, bind=False),
        "may_invite": allows(request.principal, Permission.MEMBERS_INVITE),
        **context,
    }
    return render(request, "tenants/members_list.html", context_)


def _factors(rows: list[Membership]) -> dict[uuid.UUID, str]:
    """Return each person's strongest second factor, by person."""
    kinds = {Authenticator.Type.TOTP.value: "authenticator", Authenticator.Type.WEBAUTHN.value: "passkey"}
    found: dict[uuid.UUID, str] = {}
    held = Authenticator.objects.filter(user_id__in=[row.user_id for row in rows], type__in=kinds)
    for user_id, kind in held.values_list("user_id", "type"):
        if found.get(user_id) != "passkey":
            found[user_id] = kinds[kind]
    return found


def _invite_form(request: PageRequest, bind: bool = True) -> InvitationForm:
    roles = [role for role in grantable_roles(request.principal.role) if role is not Role.OWNER]
    return InvitationForm(request.POST if bind else None, roles=roles)


def _first(errors: dict[str, list[ValidationError]]) -> str:
    return next((" ".join(error.messages) for found in errors.values() for error in found), "Check the form.")


urlpatterns = [
    path("members/", members_list, name="members_list"),
    path("members/invitations", invitation_create, name="invitation_create"),
    path("members/invitations/<uuid:invitation_id>/withdraw", invitation_withdraw, name="invitation_withdraw"),
    path("members/<uuid:membership_id>/role", member_role, name="member_role"),
    path("members/<uuid:membership_id>/remove", member_remove, name="member_remove"),
    path("invitations/<str:token>", invitation_accept, name="invitation_accept"),
]
