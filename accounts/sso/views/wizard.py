"""The steps of a connection: provider, what to copy to it, roles, test. Each can be gone back to."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from accounts.sso import connections, pinning, roles, testing
from accounts.sso.forms import OidcForm, RolesForm, SamlForm
from accounts.sso.models import Connection, Identity
from tenants.access import PageRequest, page
from tenants.permissions import Permission
from tenants.policy import allows


@dataclass(frozen=True, slots=True)
class Step:
    """A step with its page and whether it is done."""

    label: str
    url: str
    done: bool
    current: bool


def steps(connection: Connection, current: str) -> list[Step]:
    """Return the steps of a connection, in their order."""
    listed = [
        ("Identity provider", "sso_provider", bool(connection.pinned)),
        ("Groups and roles", "sso_roles", bool(connection.role_map or connection.default_role)),
        ("Test", "sso_test", connection.tested_at is not None),
        ("Enable", "sso_connection", connection.is_enabled),
    ]
    return [Step(label, reverse(name, args=[connection.id]), done, name == current) for label, name, done in listed]


def context_of(request: PageRequest, connection: Connection, current: str) -> dict[str, Any]:
    return {
        "connection": connection,
        "steps": steps(connection, current),
        "handover": pinning.handover(connection),
        "may_change": allows(request.principal, Permission.SSO_CHANGE),
        "crumbs": [
            {"label": "SSO and domains", "url": reverse("sso")},
            *([{"label": connection.name, "url": reverse("sso_connection", args=[connection.id])}] if current else []),
        ],
    }


@page(Permission.SSO_READ)
def sso_connection(request: PageRequest, connection_id: uuid.UUID) -> HttpResponse:
    connection: Connection = Connection.objects.select_related("break_glass").get(id=connection_id)
    people = Identity.objects.select_related("user").filter(connection=connection).order_by("-last_used_at")
    context = {
        **context_of(request, connection, ""),
        "steps": steps(connection, "sso_connection"),
        "facts": pinning.facts(connection),
        "people": people[:10],
        "people_count": people.count(),
        "candidates": connections.break_glass_candidates(),
        "roles": connection.role_map,
    }
    return render(request, "sso/connection.html", context)


@page(Permission.SSO_CHANGE, "GET", "HEAD", "POST")
def sso_provider(request: PageRequest, connection_id: uuid.UUID) -> HttpResponse:
    connection: Connection = Connection.objects.get(id=connection_id)
    form = _provider_form(request, connection)
    if request.method == "POST" and form.is_valid():
        try:
            pinning.pin(request.grant, connection, form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "The provider is pinned. Now say who gets which role.")
            return redirect("sso_roles", connection_id=connection_id)
    context = {**context_of(request, connection, "sso_provider"), "form": form}
    return render(request, "sso/provider.html", context, status=422 if form.is_bound else 200)


@page(Permission.SSO_CHANGE, "GET", "HEAD", "POST")
def sso_roles(request: PageRequest, connection_id: uuid.UUID) -> HttpResponse:
    connection: Connection = Connection.objects.get(id=connection_id)
    initial = {
        "groups_claim": connection.groups_claim,
        "role_map": roles.written(connection.role_map),
        "default_role": connection.default_role,
        "preview": ", ".join(testing.groups_of_last(request, connection)),
    }
    form = RolesForm(request.POST or None, initial=initial)
    shown: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            shown = _map_or_preview(request, connection, form)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            if not shown:
                messages.success(request, "Saved. Now try it yourself.")
                return redirect("sso_test", connection_id=connection_id)
    context = {**context_of(request, connection, "sso_roles"), "form": form, **shown}
    return render(request, "sso/roles.html", context, status=422 if form.errors else 200)


@page(Permission.SSO_READ)
def sso_test(request: PageRequest, connection_id: uuid.UUID) -> HttpResponse:
    connection: Connection = Connection.objects.get(id=connection_id)
    context = {**context_of(request, connection, "sso_test"), "last": testing.last(request, connection)}
    return render(request, "sso/test.html", context)


def _provider_form(request: PageRequest, connection: Connection) -> OidcForm | SamlForm:
    data = request.POST or None
    if connection.kind == Connection.Kind.SAML:
        return SamlForm(data)
    kept = connection.pinned
    initial = {"address": kept.get("issuer", ""), "client_id": kept.get("client_id", "")}
    if kept.get("scope"):
        initial["scope"] = kept["scope"]
    return OidcForm(data, has_secret=bool(connection.secret), initial=initial)


def _map_or_preview(request: PageRequest, connection: Connection, form: RolesForm) -> dict[str, Any]:
    """Save the rules; or, where a preview is asked for, return what it shows."""
    values = form.cleaned_data
    rules = roles.parsed(request.grant, values["role_map"])
    if "try" not in request.POST:
        connections.map_roles(
            request.grant, connection.id, rules, values["default_role"], values["groups_claim"].strip()
        )
        return {}
    groups = [each.strip() for each in values["preview"].split(",") if each.strip()]
    connection.role_map, connection.default_role = rules, values["default_role"]
    return {"previewed": groups, "preview_role": roles.role_of(connection, groups), "has_preview": True}


urlpatterns = [
    path("sso/connections/<uuid:connection_id>", sso_connection, name="sso_connection"),
    path("sso/connections/<uuid:connection_id>/provider", sso_provider, name="sso_provider"),
    path("sso/connections/<uuid:connection_id>/roles", sso_roles, name="sso_roles"),
    path("sso/connections/<uuid:connection_id>/test", sso_test, name="sso_test"),
]
