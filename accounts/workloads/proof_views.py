"""The pages of a service's keys and of the issuers it trusts."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts.workloads import examples, federation, issuers, keys
from accounts.workloads.errors import Rejected
from accounts.workloads.forms import IssuerForm, KeyForm, TryForm
from accounts.workloads.models import ServiceIdentity, ServiceKey, TrustedIssuer
from accounts.workloads.presets import GUIDES, guide_of
from accounts.workloads.public_keys import PrivateKey
from accounts.workloads.views import crumbs
from tenants.access import PageRequest, page
from tenants.permissions import Permission


@page(Permission.SERVICES_CHANGE, "GET", "HEAD", "POST")
def service_key_add(request: PageRequest, service_id: uuid.UUID) -> HttpResponse:
    service: ServiceIdentity = ServiceIdentity.objects.get(id=service_id)
    living = keys.living(service)
    form = KeyForm(request.POST or None, initial={"former": "24" if "rotate" in request.GET else ""})
    if request.method == "POST" and form.is_valid():
        try:
            return _added(request, service, form)
        except ValidationError as error:
            form.add_error(None, error)
    if not living:
        del form.fields["former"]
    context = {"form": form, "service": service, "living": living, "crumbs": crumbs(service)}
    return render(request, "workloads/key_add.html", context, status=422 if form.is_bound else 200)


@page(Permission.SERVICES_CHANGE, "POST")
def service_key_revoke(request: PageRequest, service_id: uuid.UUID, service_key_id: uuid.UUID) -> HttpResponse:
    keys.revoke(request.grant, service_id, service_key_id)
    messages.success(request, "The key was revoked, and the tokens that the service held.")
    return redirect("service_detail", service_id=service_id)


@page(Permission.SERVICES_CHANGE, "GET", "HEAD", "POST")
def issuer_add(request: PageRequest, service_id: uuid.UUID) -> HttpResponse:
    service: ServiceIdentity = ServiceIdentity.objects.get(id=service_id)
    guide = guide_of(request.POST.get("preset") or request.GET.get("preset", ""))
    initial = {"preset": guide.preset, "issuer": guide.issuer, "jwks_url": guide.jwks_url, "subject": guide.subject}
    initial |= {"audience": settings.BASE_URL, "name": guide.preset.label if guide.issuer else ""}
    form = IssuerForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            trusted = issuers.trust(request.grant, service_id, form.request())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"“{trusted.name}” is trusted. Try one of its tokens.")
            return redirect("issuer_try", service_id=service_id)
    tabs = [
        {"label": each.preset.label, "url": f"?preset={each.preset}", "active": each is guide, "count": None}
        for each in GUIDES
    ]
    token = guide.token.replace("{audience}", settings.BASE_URL)
    context = {"form": form, "service": service, "guide": guide, "tabs": tabs, "crumbs": crumbs(service)}
    context["snippets"] = [{"label": "Getting a token there", "code": token}]
    return render(request, "workloads/issuer_add.html", context, status=422 if form.is_bound else 200)


@page(Permission.SERVICES_CHANGE, "POST")
def issuer_revoke(request: PageRequest, service_id: uuid.UUID, issuer_id: uuid.UUID) -> HttpResponse:
    trusted = issuers.revoke(request.grant, service_id, issuer_id)
    messages.success(request, f"“{trusted.name}” is not trusted any more, and the service's tokens have ended.")
    return redirect("service_detail", service_id=service_id)


@page(Permission.SERVICES_CHANGE, "GET", "HEAD", "POST")
def issuer_try(request: PageRequest, service_id: uuid.UUID) -> HttpResponse:
    """Show what a token says, and which rule of which issuer it meets; nothing is issued for it."""
    service: ServiceIdentity = ServiceIdentity.objects.get(id=service_id)
    form = TryForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "service": service, "crumbs": crumbs(service)}
    if request.method == "POST" and form.is_valid():
        context |= _tried(service, "".join(form.cleaned_data["token"].split()))
    failed = form.is_bound and "checked" not in context
    return render(request, "workloads/issuer_try.html", context, status=422 if failed else 200)


def _tried(service: ServiceIdentity, text: str) -> dict[str, Any]:
    try:
        token = federation.read(text)
    except Rejected as rejection:
        return {"malformed": rejection.reason.sentence}
    living = TrustedIssuer.objects.filter(service=service, revoked_at=None)
    checked = [(trusted, federation.examine(token, trusted)) for trusted in living]
    results = [
        {"issuer": trusted, "checks": rows, "holds": all(row.holds for row in rows)} for trusted, rows in checked
    ]
    said = {"header": token.header, "claims": token.claims}
    shown = [{"label": name.capitalize(), "code": json.dumps(part, indent=2)} for name, part in said.items()]
    accepted = next((result["issuer"] for result in results if result["holds"]), None)
    return {"checked": results, "said": shown, "accepted": accepted}


def _added(request: PageRequest, service: ServiceIdentity, form: KeyForm) -> HttpResponse:
    """Add the key, and where that was asked for set an end to the others; show a private half once."""
    text, made = form.cleaned_data["public_key"], None
    if text.strip():
        key = keys.upload(request.grant, service.id, text, form.expires_at())
    else:
        key, made = keys.generate(request.grant, service.id, form.expires_at())
    overlap = form.overlap()
    if overlap is not None:
        keys.end_former(request.grant, key, overlap)
    if made is not None:
        return _shown_once(request, service, key, made)
    messages.success(request, f"The key {key.kid[:12]}… was added.")
    return redirect("service_detail", service_id=service.id)


@never_cache
def _shown_once(request: PageRequest, service: ServiceIdentity, key: ServiceKey, made: PrivateKey) -> HttpResponse:
    context = {
        "service": service,
        "key": key,
        "pem": made.pem,
        "jwk": made.jwk,
        "snippets": examples.snippets(service, settings.BASE_URL),
    }
    return render(request, "workloads/key_made.html", context)
