"""What happens to a person's sign-in is written in the audit log of every organisation they belong to."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, user_logged_in, user_logged_out
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from audit.events import Event
from audit.record import Actor, record_event
from tenants.models import Membership
from tenants.proxies import client_address
from tenants.scope import Scope, open_scope, org_scope

LONGEST_AGENT = 200


@receiver(user_logged_in)
def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ANN401
    _record(Event.SIGNED_IN, request, user)


@receiver(user_logged_out)
def _signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:  # noqa: ANN401
    if user is not None:
        _record(Event.SIGNED_OUT, request, user)


@receiver(user_login_failed)
def _failed(request: HttpRequest | None, credentials: dict[str, Any], **_: Any) -> None:  # noqa: ANN401
    """Record a wrong password for an address we know; for others there is nobody whose record it would be."""
    email = str(credentials.get("email") or credentials.get("username") or "").lower()
    user = User.objects.filter(email=email).first()
    if request is not None and user is not None:
        _record(Event.SIGN_IN_FAILED, request, user)


@receiver([password_changed, password_reset])
def _password(request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ANN401
    _record(Event.PASSWORD_CHANGED, request, user)


@receiver(authenticator_added)
def _factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:  # noqa: ANN401
    is_codes = authenticator.type == Authenticator.Type.RECOVERY_CODES
    _record(Event.RECOVERY_CODES_MADE if is_codes else Event.FACTOR_ADDED, request, user, factor=authenticator.type)


@receiver(authenticator_removed)
def _factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:  # noqa: ANN401
    _record(Event.FACTOR_REMOVED, request, user, factor=authenticator.type)


@receiver(authenticator_reset)
def _codes_made(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:  # noqa: ANN401
    _record(Event.RECOVERY_CODES_MADE, request, user, factor=authenticator.type)


def _record(event: Event, request: HttpRequest, user: User, **detail: str) -> None:
    request_id = request.META.get("tidegate.request_id", "")
    actor = Actor("person", str(user.pk), str(user), client_address(request) or None, request_id)
    agent = request.headers.get("user-agent", "")[:LONGEST_AGENT]
    with open_scope(Scope(user_id=user.pk)):
        organizations = list(Membership.of_person.values_list("org_id", flat=True))
    for org_id in organizations:
        with org_scope(org_id):
            record_event(event, actor, str(user.pk), str(user), user_agent=agent, **detail)
