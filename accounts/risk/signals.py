"""A factor that was there before the question answers it: a passkey, or an authenticator app of who has no passkey."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_used
from django.dispatch import receiver

from accounts.models import User
from accounts.risk import alerts


@receiver(authenticator_used)
def _factor_used(user: User, authenticator: Authenticator, **_: Any) -> None:  # noqa: ANN401
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        alerts.confirmed(user, authenticator)
