"""What happens to a person's sign-in is written in the audit log of every organisation they belong to."""

from typing import Any

from allauth.account.signals import email_changed, password_changed, password_reset, user_logged_in, user_logged_out
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset, authenticator_used
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.notices import Notice, address_of, tell
from accounts.templatetags.devices import device_name
from audit.events import Event
from audit.record import Actor, record_event
from tenants.memberships import organizations_of
from tenants.proxies import client_address
from tenants.scope import org_scope

LONGEST_AGENT = 200


@receiver(user_logged_in)
def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ANN401
    record_of_person(Event.SIGNED_IN, request, user)


@receiver(user_logged_out)
def _signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:  # noqa: ANN401
    if user is not None:
        record_of_person(Event.SIGNED_OUT, request, user)


@receiver(user_login_failed)
def _failed(request: HttpRequest | None, credentials: dict[str, Any], **_: Any) -> None:  # noqa: ANN401
    """Record a wrong password for an address we know; for others there is nobody whose record it would be."""
    email = str(credentials.get("email") or credentials.get("username") or "").lower()
    user = User.objects.filter(email=email).first()
    if request is not None and user is not None:
        record_of_person(Event.SIGN_IN_FAILED, request, user)


@receiver([password_changed, password_reset])
def _password(request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ANN401
    record_of_person(Event.PASSWORD_CHANGED, request, user)


@receiver(email_changed)
def _email(request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ANN401
    record_of_person(Event.EMAIL_CHANGED, request, user)


@receiver(authenticator_added)
def _factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:  # noqa: ANN401
    is_codes = authenticator.type == Authenticator.Type.RECOVERY_CODES
    record_of_person(
        Event.RECOVERY_CODES_MADE if is_codes else Event.FACTOR_ADDED, request, user, factor=authenticator.type
    )


@receiver(authenticator_removed)
def _factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:  # noqa: ANN401
    record_of_person(Event.FACTOR_REMOVED, request, user, factor=authenticator.type)


@receiver(authenticator_reset)
def _codes_made(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:  # noqa: ANN401
    record_of_person(Event.RECOVERY_CODES_MADE, request, user, factor=authenticator.type)


@receiver(authenticator_used)
def _factor_used(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:  # noqa: ANN401
    """Tell the person of a recovery code that was used: it is what a thief of a printed list would use."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        facts = {
            "left": Authenticator.objects.get(pk=authenticator.pk).wrap().left,
            "at": timezone.now(),
            "ip": client_address(request),
            "device": device_name(request.headers.get("user-agent", "")),
            "factors_url": address_of("mfa_index"),
        }
        tell(Notice.RECOVERY_CODE_USED, user, facts)


def record_of_person(event: Event, request: HttpRequest, user: User, **detail: str) -> None:
    """Write an event of a person's sign-in in the audit log of every organisation they belong to."""
    request_id = request.META.get("tidegate.request_id", "")
    actor = Actor("person", str(user.pk), str(user), client_address(request) or None, request_id)
    agent = request.headers.get("user-agent", "")[:LONGEST_AGENT]
    for org_id in organizations_of(user.pk):
        with org_scope(org_id):
            record_event(event, actor, str(user.pk), str(user), user_agent=agent, **detail)
