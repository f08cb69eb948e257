"""Opens the signed-in person's scope, and that of the organisation they work in, for the time of one page request."""

import uuid
from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tenants.models import Membership, Organization
from tenants.principal import Duty, Level
from tenants.scope import Scope, open_scope
from tenants.vouching import is_bound, vouched_for

SESSION_KEY = "org_id"
_ACTIVE_EVERY = timedelta(minutes=5)


class TenantRequest(HttpRequest):
    """A page request after this middleware; `membership` is `None` until the person has an organisation."""

    membership: Membership | None
    memberships: list[Membership]
    closed_memberships: list[Membership]
    session_level: Callable[[], Level]
    session_fresh: Callable[[], bool]
    session_excused: Callable[[], bool]
    duties: Callable[[], frozenset[Duty]]


class TenantMiddleware:
    """The membership is read for every request: a person who was removed is out with their next click."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: TenantRequest) -> HttpResponse:
        request.membership, request.memberships, request.closed_memberships = None, [], []
        if not request.user.is_authenticated:
            return self.get_response(request)
        with open_scope(Scope(user_id=request.user.pk)):
            request.memberships = list(Membership.of_person.select_related("org").order_by("org__name", "id"))
        _close_what_nobody_vouched_for(request)
        request.membership = _chosen(request)
        org_id = request.membership.org_id if request.membership else None
        with open_scope(Scope(org_id=org_id, user_id=request.user.pk)):
            _mark_active(request.membership)
            return self.get_response(request)


def _close_what_nobody_vouched_for(request: TenantRequest) -> None:
    """Leave a session that stands on identity providers alone the organisations whose providers those are."""
    if is_bound(request):
        opened = vouched_for(request, request.user)
        request.closed_memberships = [each for each in request.memberships if each.org_id not in opened]
        request.memberships = [each for each in request.memberships if each.org_id in opened]


def _chosen(request: TenantRequest) -> Membership | None:
    """Return the membership the session names, else the first one."""
    wanted = request.session.get(SESSION_KEY, "")
    for membership in request.memberships:
        if str(membership.org_id) == wanted:
            return membership
    return request.memberships[0] if request.memberships else None


def _mark_active(membership: Membership | None) -> None:
    if membership is None:
        return
    now = timezone.now()
    if membership.last_active_at is None or now - membership.last_active_at > _ACTIVE_EVERY:
        Membership.objects.filter(id=membership.id).update(last_active_at=now)


def choose(request: HttpRequest, organization: Organization | uuid.UUID) -> None:
    """Make `organization` the one the session works in from the next request on."""
    request.session[SESSION_KEY] = str(getattr(organization, "id", organization))
