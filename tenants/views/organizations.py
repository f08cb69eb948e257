"""Making an organisation, and choosing the one to work in."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme

from audit.record import Actor
from tenants.access import signed_in
from tenants.forms import OrganizationForm
from tenants.middleware import TenantRequest, choose
from tenants.proxies import client_address
from tenants.services import organizations


@signed_in("whoever signs up may found an organisation; it is theirs alone")
def organization_create(request: TenantRequest) -> HttpResponse:
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            organization = organizations.create(form.cleaned_data["name"], actor_of(request))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            choose(request, organization)
            return redirect("home")
    status = 422 if form.is_bound else 200
    return render(request, "tenants/organization_create.html", {"form": form}, status=status)


@signed_in("offers the person's own memberships only")
def organization_switch(request: TenantRequest) -> HttpResponse:
    if request.method == "POST":
        wanted = request.POST.get("org", "")
        for membership in request.memberships:
            if membership.org.slug == wanted:
                if request.membership != membership:
                    organizations.note_opened(membership.org, actor_of(request))
                choose(request, membership.org)
                return redirect(_back(request))
    return render(request, "tenants/organization_switch.html", {"memberships": request.memberships})


def actor_of(request: TenantRequest) -> Actor:
    """Return the signed-in person as the audit log names them."""
    request_id: str = request.META["tidegate.request_id"]
    return Actor("person", str(request.user.pk), str(request.user), client_address(request), request_id)


def _back(request: TenantRequest) -> str:
    """Return where to go on: an address of ours, else the start page (ids of the former tenant would not be found)."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else "home"


urlpatterns = [
    path("organizations/new", organization_create, name="organization_create"),
    path("organizations/switch", organization_switch, name="organization_switch"),
]
