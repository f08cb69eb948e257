"""The pages of service identities."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.services.keys import grantable_scopes
from accounts.workloads import examples, identities, keys
from accounts.workloads.forms import OwnerForm, ServiceForm
from accounts.workloads.models import ServiceIdentity, ServiceKey, TrustedIssuer
from audit import decisions
from audit.models import AuditEvent
from tenants.access import PageRequest, page
from tenants.models import Membership
from tenants.paging import Page, ordered_page
from tenants.permissions import Permission
from tenants.policy import allows

SORTS = {"name": "name", "created_at": "created_at", "last_used_at": "last_used_at"}
RECENT = 10


@page(Permission.SERVICES_READ)
def services_list(request: PageRequest) -> HttpResponse:
    shown: Page[ServiceIdentity] = ordered_page(
        request, ServiceIdentity.objects.select_related("owner"), SORTS, "-created_at"
    )
    ways = [
        list(model.objects.filter(service__in=shown.rows, revoked_at=None)) for model in (ServiceKey, TrustedIssuer)
    ]
    members = set(Membership.objects.filter(user__is_active=True).values_list("user_id", flat=True))
    for service in shown.rows:
        mine = [[way for way in each if way.service_id == service.id] for each in ways]
        service.keys = [key for key in mine[0] if key.state != "expired"]  # type: ignore[attr-defined]  # for the template
        service.issuers = mine[1]  # type: ignore[attr-defined]  # for the template
        service.is_orphaned = service.owner_id not in members  # type: ignore[attr-defined]  # for the template
    context = {"services": shown.rows, "sort": shown.sort, "next_cursor": shown.next_cursor}
    may_change = allows(request.principal, Permission.SERVICES_CHANGE)
    return render(request, "workloads/services_list.html", {**context, "may_change": may_change})


@page(Permission.SERVICES_CHANGE, "GET", "HEAD", "POST")
def service_create(request: PageRequest) -> HttpResponse:
    form = _form(request, None)
    if request.method == "POST" and form.is_valid():
        try:
            service = identities.create(request.grant, form.request())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"“{service.name}” was made. Give it a key, or an issuer to trust.")
            return redirect("service_detail", service_id=service.id)
    return _form_page(request, form, None)


@page(Permission.SERVICES_CHANGE, "GET", "HEAD", "POST")
def service_change(request: PageRequest, service_id: uuid.UUID) -> HttpResponse:
    service: ServiceIdentity = ServiceIdentity.objects.get(id=service_id)
    form = _form(request, service)
    if request.method == "POST" and form.is_valid():
        try:
            identities.change(request.grant, service_id, form.request())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Saved. It counts with the next request.")
            return redirect("service_detail", service_id=service_id)
    return _form_page(request, form, service)


@page(Permission.SERVICES_READ)
def service_detail(request: PageRequest, service_id: uuid.UUID) -> HttpResponse:
    service: ServiceIdentity = ServiceIdentity.objects.select_related("owner").get(id=service_id)
    recent, _ = decisions.page(decisions.Filters(principal=str(service.id)), size=RECENT)
    refused = AuditEvent.objects.filter(actor_kind="service", actor_id=service.client_id).order_by("-created_at")
    owners = identities.possible_owners()
    context = {
        "service": service,
        "is_orphaned": not Membership.objects.filter(user_id=service.owner_id, user__is_active=True).exists(),
        "keys": list(ServiceKey.objects.filter(service=service)),
        "living": keys.living(service),
        "issuers": list(TrustedIssuer.objects.filter(service=service)),
        "recent": recent,
        "refused": refused[:RECENT],
        "owner_form": OwnerForm(owners=[member for member in owners if member.user_id != service.owner_id]),
        "may_change": allows(request.principal, Permission.SERVICES_CHANGE),
        "snippets": examples.snippets(service, settings.BASE_URL),
        "crumbs": crumbs(),
    }
    return render(request, "workloads/service_detail.html", context)


@page(Permission.SERVICES_CHANGE, "POST")
def service_owner(request: PageRequest, service_id: uuid.UUID) -> HttpResponse:
    form = OwnerForm(request.POST, owners=identities.possible_owners())
    if form.is_valid():
        try:
            service = identities.transfer(request.grant, service_id, uuid.UUID(form.cleaned_data["owner"]))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, f"{service.owner} answers for “{service.name}” now.")
    else:
        ServiceIdentity.objects.get(id=service_id)  # an unknown one is not found, whatever was sent
        messages.error(request, "Choose a member: nothing was changed.")
    return redirect("service_detail", service_id=service_id)


@page(Permission.SERVICES_CHANGE, "POST")
def service_disable(request: PageRequest, service_id: uuid.UUID) -> HttpResponse:
    service: ServiceIdentity = ServiceIdentity.objects.get(id=service_id)
    if request.POST.get("confirm") == service.name:
        identities.disable(request.grant, service_id)
        messages.success(request, f"“{service.name}” was disabled: its tokens are refused from now on.")
    else:
        messages.error(request, "The name did not match: nothing was disabled.")
    return redirect("service_detail", service_id=service_id)


@page(Permission.SERVICES_CHANGE, "POST")
def service_enable(request: PageRequest, service_id: uuid.UUID) -> HttpResponse:
    service = identities.enable(request.grant, service_id)
    messages.success(request, f"“{service.name}” may act again.")
    return redirect("service_detail", service_id=service_id)


def crumbs(service: ServiceIdentity | None = None) -> list[dict[str, str]]:
    """Return the way to a page below the list, or below one service."""
    way = [{"label": "Service identities", "url": reverse("services_list")}]
    if service is not None:
        way.append({"label": service.name, "url": reverse("service_detail", args=[service.id])})
    return way


def _form(request: PageRequest, service: ServiceIdentity | None) -> ServiceForm:
    initial: dict[str, object] = {"owner": str(request.user.pk)}
    if service is not None:
        names = ("name", "environment", "scopes", "requests_per_minute", "dpop_only")
        initial = {name: getattr(service, name) for name in names} | {"owner": str(service.owner_id)}
    scopes, owners = grantable_scopes(request.principal), identities.possible_owners()
    return ServiceForm(request.POST or None, initial=initial, scopes=scopes, owners=owners)


def _form_page(request: PageRequest, form: ServiceForm, service: ServiceIdentity | None) -> HttpResponse:
    context = {"form": form, "service": service, "crumbs": crumbs(service)}
    return render(request, "workloads/service_form.html", context, status=422 if form.is_bound else 200)
