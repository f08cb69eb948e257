"""How surely we know who is signed in, from the methods allauth recorded in the session.

AAL1: password, or an organisation's identity provider. AAL2: a one-time or recovery code beside it. AAL3: a passkey
that verified its user. A factor that has since been removed no longer counts. django-otp's `is_verified()` means AAL2.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from tenants.principal import Level

FRESH = timedelta(minutes=5)
PASSKEY = Authenticator.Type.WEBAUTHN.value
_LEVELS = {
    PASSKEY: Level.AAL3,
    Authenticator.Type.TOTP.value: Level.AAL2,
    Authenticator.Type.RECOVERY_CODES.value: Level.AAL2,
}


class Proof:
    """What one session has proved so far, and which factors its person has. The database is asked once, when needed."""

    def __init__(self, request: HttpRequest) -> None:
        self._records: list[dict[str, Any]] = get_authentication_records(request, request.user)
        self._user_id = request.user.pk

    @cached_property
    def factors(self) -> dict[int, str]:
        """The types of the person's factors by their ids; recovery codes alone are none."""
        if self._user_id is None:
            return {}
        return dict(Authenticator.objects.filter(user_id=self._user_id).values_list("pk", "type"))

    @property
    def has_passkey(self) -> bool:
        return PASSKEY in self.factors.values()

    @property
    def has_factor(self) -> bool:
        return self.has_passkey or Authenticator.Type.TOTP.value in self.factors.values()

    @cached_property
    def level(self) -> Level:
        """The highest level that was proved with a factor the person still has."""
        used = [record for record in self._records if record.get("method") == "mfa"]
        if not used:
            return Level.AAL1
        return max((_LEVELS[kind] for kind in map(self._kind, used) if kind in _LEVELS), default=Level.AAL1)

    def is_fresh(self, level: Level = Level.AAL3) -> bool:
        """Tell whether `level` was proved within the last five minutes."""
        since = time.time() - FRESH.total_seconds()
        recent = [record for record in self._records if record.get("method") == "mfa" and record.get("at", 0) > since]
        return any(_LEVELS.get(self._kind(record), Level.AAL1) >= level for record in recent)

    @property
    def began_at(self) -> float:
        """When the person signed in, in seconds since 1970; 0 where nothing was recorded."""
        return float(self._records[0].get("at", 0)) if self._records else 0.0

    @property
    def signed_in_recently(self) -> bool:
        """Tell whether anything at all was proved within the last five minutes."""
        return bool(self._records) and self._records[-1].get("at", 0) > time.time() - FRESH.total_seconds()

    def _kind(self, record: dict[str, Any]) -> str:
        """Return the type of the factor a record speaks of, if the person still has it."""
        kind = self.factors.get(record.get("id", 0), "")
        return kind if kind == record.get("type") else ""


def session_level(request: HttpRequest) -> Level:
    """Return the highest level the session has proved."""
    return Proof(request).level


class FactorMiddleware:
    """Gives every request its proof, and its user `is_verified()` as django-otp's own middleware does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: User | AnonymousUser = request.user
        look_again(request)
        request.session_level = lambda: request.proof.level  # type: ignore[attr-defined]  # FactorMiddleware sets it
        user.is_verified = lambda: user.is_authenticated and request.proof.level is not Level.AAL1  # type: ignore[attr-defined, union-attr]
        return self.get_response(request)


def look_again(request: HttpRequest) -> None:
    """Read anew what the session has proved, after it proved something more."""
    request.proof = Proof(request)  # type: ignore[attr-defined]  # FactorMiddleware sets it
