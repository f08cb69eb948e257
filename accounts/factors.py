"""How surely we know who is signed in, from the methods allauth recorded in the session.

AAL1: password. AAL2: a one-time or recovery code beside it. AAL3: a passkey that verified its user. A factor that has
since been removed no longer counts. django-otp's `user.is_verified()` (the operators' admin asks it) means AAL2.
"""

from collections.abc import Callable
from functools import cache, partial

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from tenants.principal import Level

_LEVELS = {
    Authenticator.Type.WEBAUTHN.value: Level.AAL3,
    Authenticator.Type.TOTP.value: Level.AAL2,
    Authenticator.Type.RECOVERY_CODES.value: Level.AAL2,
}


def session_level(request: HttpRequest) -> Level:
    """Return the highest level the session has proved with factors the person still has."""
    records = get_authentication_records(request, request.user)
    used = {record.get("type") for record in records if record.get("method") == "mfa"}
    if not used:
        return Level.AAL1
    owned = set(Authenticator.objects.filter(user_id=request.user.pk, type__in=used).values_list("type", flat=True))
    return max((_LEVELS[kind] for kind in used & owned if kind in _LEVELS), default=Level.AAL1)


class FactorMiddleware:
    """Gives every request its level, and its user `is_verified()` as django-otp's own middleware does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: User | AnonymousUser = request.user
        level = cache(partial(session_level, request))
        request.session_level = level  # type: ignore[attr-defined]
        user.is_verified = lambda: user.is_authenticated and level() is not Level.AAL1  # type: ignore[union-attr]
        return self.get_response(request)
