"""Browsers a person signed in with before. One that is not among them is told of by mail.

A browser is known by a random cookie of ours, signed and kept half a year, and by nothing else: no fingerprint, no
address. Two people who share a browser cannot be linked by what is stored here; who begins a trial of a plan leaves a
keyed hash of the cookie (``billing.subscriptions.traces``).
"""

import hashlib
from datetime import timedelta

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import KnownDevice, User
from accounts.notices import Notice, address_of, tell
from accounts.signals import record_of_person
from accounts.templatetags.devices import device_name
from audit.events import Event
from tenants.credentials import new_token
from tenants.proxies import client_address

LIFE = timedelta(days=180)
MOST_OF_ONE_PERSON = 30
_SALT = "accounts.devices"
_WAYS = {"webauthn": "a passkey", "totp": "an authenticator code", "recovery_codes": "a recovery code"}


def recognise(request: HttpRequest, user: User, response: HttpResponse) -> bool:
    """Remember the browser of somebody who just signed in; tell them of one that is new to the account.

    Returns whether it was known before.

    The first browser of an account is where it was made: there is nothing to compare it with, and nobody to tell.
    """
    token = token_of(request) or new_token()
    known = KnownDevice.objects.filter(user=user)
    is_first = not known.exists()
    _, new = KnownDevice.objects.update_or_create(
        user=user, hash=device_hash(user, token), defaults={"seen_at": timezone.now()}
    )
    if new and not is_first:
        _tell(request, user)
    kept = known.order_by("-seen_at").values("pk")[:MOST_OF_ONE_PERSON]
    known.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
    response.set_signed_cookie(
        settings.DEVICE_COOKIE_NAME,
        token,
        salt=_SALT,
        max_age=LIFE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return not new


def token_of(request: HttpRequest) -> str:
    """Return what the browser's cookie says, "" where it has none that we signed."""
    return request.get_signed_cookie(settings.DEVICE_COOKIE_NAME, "", salt=_SALT, max_age=LIFE) or ""


def device_hash(user: User, token: str) -> bytes:
    """Return by what a browser is known as one of this person's."""
    return hashlib.sha256(f"{user.pk}:{token}".encode()).digest()


def _tell(request: HttpRequest, user: User) -> None:
    facts = {
        "device": device_name(request.headers.get("user-agent", "")),
        "ip": client_address(request),
        "at": timezone.now(),
        "method": _way(request, user),
        "sessions_url": address_of("usersessions_list"),
    }
    tell(Notice.NEW_DEVICE, user, facts)
    record_of_person(Event.DEVICE_NEW, request, user)


def _way(request: HttpRequest, user: User) -> str:
    """Return how the person signed in: "a password and an authenticator code"."""
    records = get_authentication_records(request, user)
    ways = [_WAYS.get(record.get("type", ""), "") or f"a {record.get('method', 'password')}" for record in records]
    return " and ".join(dict.fromkeys(ways)) or "a password"
