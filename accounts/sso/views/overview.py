"""SSO and domains: where an admin sees what there is, proves domains and begins a connection."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from accounts.sso import connections, domains, proofs
from accounts.sso.forms import ConnectionForm, DomainForm
from accounts.sso.models import Connection, Domain, ProvedDomain
from tenants.access import PageRequest, page
from tenants.permissions import Permission
from tenants.policy import allows


@page(Permission.SSO_READ)
def sso(request: PageRequest) -> HttpResponse:
    proved = {proof.domain_id: proof for proof in ProvedDomain.objects.all()}
    listed = [
        {
            "domain": domain,
            "proof": proved.get(domain.id),
            "record_name": proofs.record_name(domain),
            "record_value": proofs.record_value(domain),
        }
        for domain in Domain.objects.all()
    ]
    found = list(Connection.objects.select_related("break_glass"))
    context = {
        "domains": listed,
        "connections": found,
        "enforced": next((each for each in found if each.is_enforced), None),
        "break_glass_ready": {each.user_id for each in connections.break_glass_candidates()},
        "domain_form": DomainForm(),
        "may_change": allows(request.principal, Permission.SSO_CHANGE),
    }
    return render(request, "sso/overview.html", context)


@page(Permission.SSO_CHANGE, "POST")
def sso_domain_add(request: PageRequest) -> HttpResponse:
    try:
        domain = domains.add(request.grant, request.POST.get("name", "")[:300])
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"Now publish the record that proves {domain.name}.")
    return redirect("sso")


@page(Permission.SSO_CHANGE, "POST")
def sso_domain_check(request: PageRequest, domain_id: uuid.UUID) -> HttpResponse:
    try:
        domain = domains.prove(request.grant, domain_id)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{domain.name} is proved.")
    return redirect("sso")


@page(Permission.SSO_CHANGE, "POST")
def sso_domain_remove(request: PageRequest, domain_id: uuid.UUID) -> HttpResponse:
    domain: Domain = Domain.objects.get(id=domain_id)
    if request.POST.get("confirm") != domain.name:
        messages.error(request, "The name did not match: nothing was removed.")
        return redirect("sso")
    try:
        domains.remove(request.grant, domain_id)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{domain.name} was removed.")
    return redirect("sso")


@page(Permission.SSO_CHANGE, "GET", "HEAD", "POST")
def sso_connection_new(request: PageRequest) -> HttpResponse:
    form = ConnectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = connections.create(request.grant, form.cleaned_data["kind"], form.cleaned_data["name"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("sso_provider", connection_id=made.id)
    crumbs = [{"label": "SSO and domains", "url": reverse("sso")}]
    context = {"form": form, "crumbs": crumbs}
    return render(request, "sso/connection_new.html", context, status=422 if form.is_bound else 200)


urlpatterns = [
    path("sso/", sso, name="sso"),
    path("sso/domains", sso_domain_add, name="sso_domain_add"),
    path("sso/domains/<uuid:domain_id>/check", sso_domain_check, name="sso_domain_check"),
    path("sso/domains/<uuid:domain_id>/remove", sso_domain_remove, name="sso_domain_remove"),
    path("sso/connections/new", sso_connection_new, name="sso_connection_new"),
]
