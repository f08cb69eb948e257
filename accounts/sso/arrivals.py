"""People who sign in with a password or passkey of their own: stopped where only single sign-on leads, or noted."""

from typing import Any

from allauth.account.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from accounts.notices import Notice, address_of, tell_keepers
from accounts.sso import enforcement
from audit.events import Event
from audit.reasons import Reason
from audit.record import Actor, record_event
from tenants.memberships import organizations_of
from tenants.models import Organization
from tenants.proxies import client_address
from tenants.scope import org_scope
from tenants.vouching import vouched_for


def stop(request: HttpRequest, user: User) -> HttpResponse | None:
    """Refuse a sign-in where every organisation of the person asks for its identity provider; show the way there."""
    if vouched_for(request, user):
        return None
    connection = enforcement.only_way_in(user)
    if connection is None:
        return None
    with org_scope(connection.org_id):
        record_event(
            Event.SSO_REFUSED, _actor(request, user), str(user.pk), str(user), reason=Reason.SSO_REQUIRED.value
        )
        context = {"organization": Organization.objects.get(), "connection": connection, "next": ""}
        return render(request, "sso/required.html", context, status=403)


@receiver(user_logged_in)
def _note_emergency(request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ANN401 (whatever signals send)
    """Tell the other keepers that the owner for emergencies came in past the identity provider."""
    if vouched_for(request, user):
        return
    for org_id in organizations_of(user.pk):
        with org_scope(org_id):
            if enforcement.is_break_glass(user):
                actor = _actor(request, user)
                record_event(Event.SSO_BYPASSED, actor, str(user.pk), str(user))
                facts = {
                    "organization": Organization.objects.get().name,
                    "who": str(user),
                    "ip": actor.address,
                    "sso_url": address_of("sso"),
                }
                tell_keepers(Notice.BREAK_GLASS_USED, facts, None)


def _actor(request: HttpRequest, user: User) -> Actor:
    request_id = request.META.get("tidegate.request_id", "")
    return Actor("person", str(user.pk), str(user), client_address(request) or None, request_id)
