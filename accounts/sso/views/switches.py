"""What an admin switches on a connection: on, off, enforced, gone."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path

from accounts.sso import connections
from accounts.sso.models import Connection
from tenants.access import PageRequest, page
from tenants.permissions import Permission


@page(Permission.SSO_CHANGE, "POST")
def sso_enable(request: PageRequest, connection_id: uuid.UUID) -> HttpResponse:
    return _done(
        request,
        connection_id,
        lambda: connections.enable(request.grant, connection_id),
        "People at your proved domains can sign in through it now.",
    )


@page(Permission.SSO_CHANGE, "POST")
def sso_disable(request: PageRequest, connection_id: uuid.UUID) -> HttpResponse:
    return _done(
        request,
        connection_id,
        lambda: connections.disable(request.grant, connection_id),
        "Nobody signs in through it any more.",
    )


@page(Permission.SSO_CHANGE, "POST")
def sso_enforce(request: PageRequest, connection_id: uuid.UUID) -> HttpResponse:
    Connection.objects.get(id=connection_id)
    try:
        chosen = uuid.UUID(request.POST.get("break_glass", ""))
    except ValueError:
        messages.error(request, "Name an owner who has a password and a passkey.")
        return redirect("sso_connection", connection_id=connection_id)
    return _done(
        request,
        connection_id,
        lambda: connections.enforce(request.grant, connection_id, chosen),
        "Single sign-on is the only way in for people at your proved domains.",
    )


@page(Permission.SSO_CHANGE, "POST")
def sso_relax(request: PageRequest, connection_id: uuid.UUID) -> HttpResponse:
    return _done(
        request,
        connection_id,
        lambda: connections.relax(request.grant, connection_id),
        "Passwords work again beside single sign-on.",
    )


@page(Permission.SSO_CHANGE, "POST")
def sso_delete(request: PageRequest, connection_id: uuid.UUID) -> HttpResponse:
    connection: Connection = Connection.objects.get(id=connection_id)
    if request.POST.get("confirm") != connection.name:
        messages.error(request, "The name did not match: nothing was deleted.")
        return redirect("sso_connection", connection_id=connection_id)
    connections.delete(request.grant, connection_id)
    messages.success(request, f"“{connection.name}” was deleted.")
    return redirect("sso")


def _done(request: PageRequest, connection_id: uuid.UUID, act: Callable[[], object], said: str) -> HttpResponse:
    try:
        act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, said)
    return redirect("sso_connection", connection_id=connection_id)


urlpatterns = [
    path("sso/connections/<uuid:connection_id>/enable", sso_enable, name="sso_enable"),
    path("sso/connections/<uuid:connection_id>/disable", sso_disable, name="sso_disable"),
    path("sso/connections/<uuid:connection_id>/enforce", sso_enforce, name="sso_enforce"),
    path("sso/connections/<uuid:connection_id>/relax", sso_relax, name="sso_relax"),
    path("sso/connections/<uuid:connection_id>/delete", sso_delete, name="sso_delete"),
]
