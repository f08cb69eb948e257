"""The way in for an operator who has lost every passkey: a code made on the server, told to all operators, used once.

django-otp's `StaticDevice` keeps the code, and slows down who guesses it. It opens the operators' pages for half an
hour in the session that used it, and nothing of any tenant.
"""

import time
from datetime import timedelta

from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

from accounts.assurance.models import BreakGlass
from accounts.models import User
from accounts.notices import Notice, tell
from accounts.signals import record_of_person
from audit.events import Event
from tenants.proxies import client_address

LIFE = timedelta(hours=1)
OPEN_FOR = timedelta(minutes=30)
DEVICE = "break glass"
_SESSION_KEY = "break_glass_until"
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class NoOperator(Exception):
    """The person is no active operator with all rights."""


@transaction.atomic
def make(email: str, reason: str) -> tuple[str, BreakGlass]:
    """Return a code for an operator, and tell every operator of it. Codes made before are worth nothing."""
    user = User.objects.filter(email=email.lower(), is_superuser=True, is_staff=True, is_active=True).first()
    if user is None:
        raise NoOperator(f"{email} is no active operator with all rights.")
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name=DEVICE)
    code = f"{StaticToken.random_token()}{StaticToken.random_token()}"
    device.token_set.create(token=code)
    made = BreakGlass.objects.create(user=user, reason=reason, expires_at=timezone.now() + LIFE)
    _tell(made, "made")
    return code, made


def enter(request: HttpRequest, user: User, code: str) -> bool:
    """Sign an operator in by a code; tells whether it was one. The caller has checked the password."""
    made = BreakGlass.objects.filter(user=user, used_at=None, expires_at__gt=timezone.now()).first()
    device = StaticDevice.objects.filter(user=user, name=DEVICE).first()
    if made is None or device is None or not _verified(device, code):
        return False
    made.used_at, made.address = timezone.now(), client_address(request) or None
    made.save(update_fields=["used_at", "address"])
    login(request, user, _BACKEND)
    request.session[_SESSION_KEY] = time.time() + OPEN_FOR.total_seconds()
    record_of_person(Event.BREAK_GLASS_USED, request, user, reason=made.reason)
    _tell(made, "used")
    return True


def is_open(request: HttpRequest) -> bool:
    """Tell whether the session came in by a code, within the last half hour."""
    return bool(request.session.get(_SESSION_KEY, 0) > time.time())


def _verified(device: StaticDevice, code: str) -> bool:
    """Ask the device, one at a time: a code that two send at once is good for one of them."""
    with transaction.atomic():
        locked = StaticDevice.objects.select_for_update().get(pk=device.pk)
        allowed, _ = locked.verify_is_allowed()
        return bool(allowed and locked.verify_token(code))


def _tell(made: BreakGlass, what: str) -> None:
    facts = {"what": what, "operator": made.user.email, "reason": made.reason, "at": timezone.now(), "ip": made.address}
    facts["expires_at"] = made.expires_at if what == "made" else None
    for operator in User.objects.filter(is_staff=True, is_active=True):
        tell(Notice.BREAK_GLASS, operator, facts)
