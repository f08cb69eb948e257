"""Who may open a page. Every view says so with one of these decorators, or nothing starts (`config.checks`).

`page(permission)` is the enforcement: it decides and records through `tenants.guard` before the view runs, and hands
the view the `Grant` that verbs ask for.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from audit.events import Event
from audit.models import AuditEvent
from audit.reasons import Reason
from tenants.guard import Grant, Refused, require
from tenants.middleware import TenantRequest
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role
from tenants.policy import CONFIRMABLE
from tenants.principal import Principal, PrincipalKind, Resource
from tenants.proxies import client_address

P = ParamSpec("P")
OWNERS_NAMED = 5
ACCESS = "tidegate_access"
"""The attribute by which the start-up check tells that a view declared who may open it."""


class PageRequest(TenantRequest):
    """A request that `page()` let in: somebody signed in, in an organisation, with a grant."""

    membership: Membership
    organization: Organization
    principal: Principal
    grant: Grant
    htmx: Any
    confirm: Callable[[Refused], HttpResponse]


PageView = Callable[Concatenate[PageRequest, P], HttpResponse]
SignedInView = Callable[Concatenate[TenantRequest, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(permission: Permission, *methods: str) -> Callable[[PageView[P]], View[P]]:
    """Let in members whose role grants `permission`; `methods` are those the view answers (GET where none is given)."""
    answered = methods or ("GET", "HEAD")

    def decorate(view: PageView[P]) -> View[P]:
        @wraps(cast(View[P], view))
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            page_request = cast(PageRequest, request)
            if request.method not in answered:
                return HttpResponseNotAllowed(answered)
            if not request.user.is_authenticated:
                return redirect(_sign_in_url(request))
            if page_request.membership is None:
                return redirect("desk" if page_request.duties() else "organization_create")
            return _guarded(page_request, permission, lambda: view(page_request, *args, **kwargs))

        setattr(guarded, ACCESS, permission)
        return cast(View[P], guarded)

    return decorate


def signed_in(why: str) -> Callable[[SignedInView[P]], View[P]]:
    """Let in whoever is signed in, member or not; `why` says what makes that enough."""

    def decorate(view: SignedInView[P]) -> View[P]:
        @wraps(cast(View[P], view))
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect(_sign_in_url(request))
            return view(cast(PageRequest, request), *args, **kwargs)

        setattr(guarded, ACCESS, f"signed in: {why}")
        return cast(View[P], guarded)

    return decorate


def public(why: str) -> Callable[[View[P]], View[P]]:
    """Let everybody in; `why` says what makes that harmless."""

    def decorate(view: View[P]) -> View[P]:
        setattr(view, ACCESS, f"public: {why}")
        return view

    return decorate


def principal_of(request: PageRequest) -> Principal:
    """Return the signed-in person as a principal of the organisation they work in."""
    membership = request.membership
    return Principal(
        kind=PrincipalKind.PERSON,
        id=str(request.user.pk),
        org_id=membership.org_id,
        label=str(request.user),
        role=Role(membership.role),
        environment=membership.org.environment,
        level=request.session_level(),
        fresh=request.session_fresh(),
        excused=request.session_excused(),
        user_id=request.user.pk,
        address=client_address(request),
    )


def _guarded(request: PageRequest, permission: Permission, answer: Callable[[], HttpResponse]) -> HttpResponse:
    request.organization = request.membership.org
    request.principal = principal_of(request)
    kind = permission.partition(":")[0]
    resource = Resource(kind, request.organization.id, org_status=request.organization.standing)
    try:
        request.grant = require(request.principal, permission, resource, request.META["tidegate.request_id"])
        return answer()
    except Refused as refusal:
        if Reason.TENANT_SUSPENDED in refusal.reasons:
            return _suspended(request)
        if CONFIRMABLE.issuperset(refusal.reasons):
            return request.confirm(refusal)
        return render(request, "403.html", {"refusal": refusal}, status=403)
    except ObjectDoesNotExist as error:  # another tenant's object and none at all are the same
        raise Http404 from error


def _suspended(request: PageRequest) -> HttpResponse:
    """Say that the organisation is suspended, since when, and whom to ask; nothing else of it opens."""
    owners = Membership.objects.select_related("user").filter(role=Role.OWNER.value, user__is_active=True)
    context = {
        "organization": request.organization,
        "since": AuditEvent.objects.filter(event=Event.ORGANIZATION_SUSPENDED.value).first(),
        "owners": [membership.user for membership in owners.order_by("created_at", "id")[:OWNERS_NAMED]],
        "is_owner": request.membership.role == Role.OWNER.value,
        "support": settings.SUPPORT_EMAIL,
    }
    return render(request, "tenants/suspended.html", context, status=403)


def _sign_in_url(request: HttpRequest) -> str:
    return f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}"
