"""What a browser says of itself, as far as the rules compare it: no canvas, no fonts, no fingerprint."""

import hashlib
import hmac

from django.conf import settings
from django.http import HttpRequest

from accounts.models import User
from accounts.templatetags.devices import device_name

SESSION_KEY = "browser"


def family(request: HttpRequest) -> str:
    """Return browser family and system, "Firefox on Linux": what does not change while a session lasts."""
    return device_name(request.headers.get("user-agent", ""))


def traits(request: HttpRequest, user: User) -> bytes:
    """Return a hash of family, system, platform, mobile or not and language; another person's never compares equal."""
    said = [
        family(request),
        request.headers.get("sec-ch-ua-platform", ""),
        request.headers.get("sec-ch-ua-mobile", ""),
        request.headers.get("accept-language", "").partition(",")[0],
    ]
    message = "\n".join([str(user.pk), *said]).encode()
    return hmac.digest(settings.SECRET_KEY.encode(), message, hashlib.sha256)
