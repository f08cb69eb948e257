"""The pages of applications."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from accounts.oauth import registration
from accounts.oauth.consents import people_who_gave
from accounts.oauth.forms import ApplicationForm, NewApplicationForm
from accounts.oauth.models import Application
from accounts.oauth.scopes import sentences
from tenants.access import PageRequest, page
from tenants.paging import Page, ordered_page
from tenants.permissions import Permission
from tenants.policy import allows

SORTS = {"name": "name", "created": "created", "last_used_at": "last_used_at"}


@page(Permission.APPS_READ)
def applications_list(request: PageRequest) -> HttpResponse:
    rows = Application.objects.select_related("created_by")
    shown: Page[Application] = ordered_page(request, rows, SORTS, "-created")
    context = {"applications": shown.rows, "sort": shown.sort, "next_cursor": shown.next_cursor}
    may_change = allows(request.principal, Permission.APPS_CHANGE)
    return render(request, "oauth/applications_list.html", {**context, "may_change": may_change})


@page(Permission.APPS_CHANGE, "GET", "HEAD", "POST")
def application_register(request: PageRequest) -> HttpResponse:
    form = NewApplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            application = registration.register(request.grant, form.request())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"“{application.name}” is registered.")
            return redirect("application_detail", application_id=application.id)
    return _form_page(request, form, None)


@page(Permission.APPS_CHANGE, "GET", "HEAD", "POST")
def application_change(request: PageRequest, application_id: uuid.UUID) -> HttpResponse:
    application: Application = Application.objects.get(id=application_id, revoked_at=None)
    names = ("name", "homepage", "redirect_uris", "scopes", "dpop_only")
    form = ApplicationForm(request.POST or None, initial={name: getattr(application, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            registration.change(request.grant, application_id, form.details())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Saved. It counts with the next request.")
            return redirect("application_detail", application_id=application_id)
    return _form_page(request, form, application)


@page(Permission.APPS_READ)
def application_detail(request: PageRequest, application_id: uuid.UUID) -> HttpResponse:
    application: Application = Application.objects.select_related("created_by").get(id=application_id)
    context = {
        "application": application,
        "redirect_uris": application.redirect_uris.split(),
        "scopes": sentences(application.scopes),
        "keys": application.jwks.get("keys", []),
        "people": people_who_gave(application),
        "may_change": allows(request.principal, Permission.APPS_CHANGE),
        "base_url": settings.BASE_URL,
        "crumbs": _crumbs(),
    }
    return render(request, "oauth/application_detail.html", context)


@page(Permission.APPS_CHANGE, "POST")
def application_revoke(request: PageRequest, application_id: uuid.UUID) -> HttpResponse:
    application: Application = Application.objects.get(id=application_id)
    if request.POST.get("confirm") == application.name:
        registration.revoke(request.grant, application_id)
        messages.success(request, f"“{application.name}” was revoked, with everything people had given it.")
    else:
        messages.error(request, "The name did not match: nothing was revoked.")
    return redirect("application_detail", application_id=application_id)


@page(Permission.APPS_USE, "POST")
def access_withdraw(request: PageRequest, application_id: uuid.UUID) -> HttpResponse:
    application = registration.withdraw(request.grant, application_id)
    messages.success(request, f"“{application.name}” can no longer read anything for you.")
    return redirect("security")


def _form_page(request: PageRequest, form: ApplicationForm, application: Application | None) -> HttpResponse:
    context = {"form": form, "application": application, "crumbs": _crumbs(application)}
    return render(request, "oauth/application_form.html", context, status=422 if form.is_bound else 200)


def _crumbs(application: Application | None = None) -> list[dict[str, str]]:
    """Return the way to a page below the list, or below one application."""
    way = [{"label": "Applications", "url": reverse("applications_list")}]
    if application is not None:
        way.append({"label": application.name, "url": reverse("application_detail", args=[application.id])})
    return way


urlpatterns = [
    path("applications/", applications_list, name="applications_list"),
    path("applications/new", application_register, name="application_register"),
    path("applications/<uuid:application_id>", application_detail, name="application_detail"),
    path("applications/<uuid:application_id>/change", application_change, name="application_change"),
    path("applications/<uuid:application_id>/revoke", application_revoke, name="application_revoke"),
    path("security/applications/<uuid:application_id>/withdraw", access_withdraw, name="access_withdraw"),
]
