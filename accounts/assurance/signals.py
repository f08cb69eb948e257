"""What proving more, and changing a factor, does to sessions (S01, S02)."""

from typing import Any

from allauth.account.signals import authentication_step_completed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.assurance import sessions
from accounts.factors import look_again
from accounts.models import User


@receiver(authentication_step_completed)
def _proved(request: HttpRequest, **facts: Any) -> None:  # noqa: ANN401
    """A session that proved more has a new key; signing in makes one of its own."""
    if facts.get("reauthenticated"):
        sessions.rotate(request)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def _factors_changed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:  # noqa: ANN401
    """Whoever was signed in elsewhere proved it with what has changed."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        sessions.end_all(user.pk, but=request.session.session_key)
    look_again(request)
