"""The outermost middleware: a request id for every request, and headers that every answer carries."""

import re
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from billing.cards.detector import find_pans

_CALLERS_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)"
)


class RequestMiddleware:
    """Gives the request an id (the caller's, if it is one), binds it to the logs and returns it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        seconds: int = settings.SECURE_HSTS_SECONDS
        self.transport_security = f"max-age={seconds}; includeSubDomains; preload" if seconds else ""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.META.get("HTTP_X_REQUEST_ID", "")
        is_taken = _CALLERS_ID.fullmatch(offered) and not find_pans(offered)
        request_id = offered if is_taken else f"req_{uuid.uuid4().hex}"
        request.META["tidegate.request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response.headers["x-request-id"] = request_id
        response.headers.setdefault("permissions-policy", PERMISSIONS_POLICY)
        response.headers.setdefault("x-content-type-options", "nosniff")
        response.headers.setdefault("referrer-policy", "same-origin")
        response.headers.setdefault("cross-origin-resource-policy", "same-origin")
        if self.transport_security:
            response.headers.setdefault("strict-transport-security", self.transport_security)
        return response
