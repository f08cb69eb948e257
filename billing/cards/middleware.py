"""The one place where forms are asked for card numbers: before any view reads what was sent.

No form can be forgotten, and no view sees the number. Not asked are passwords, which are only ever hashed, and the
fields that the settings name: texts that the guard itself checks and nobody stores.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render

from audit.events import Event
from audit.record import Actor, record_event
from billing.cards.detector import find_pans, masked
from tenants.proxies import client_address
from tenants.scope import current_scope

REFUSED = 422
log = logging.getLogger(__name__)


class CardMiddleware:
    """Refuses a form with a card number in a field, a field's name or a file's; says which field, never the digits."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if agent := request.META.get("HTTP_USER_AGENT"):
            request.META["HTTP_USER_AGENT"] = masked(agent)  # sessions keep it
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        name = (request.resolver_match.url_name if request.resolver_match else None) or ""
        if request.method != "POST" or name in settings.CARDS_NOT_SOUGHT:
            return None
        field = _field_with_pan(request, settings.CARDS_ALLOWED.get(name, frozenset()))
        if field is None:
            return None
        _record(request, field, name)
        return render(request, "cards/refused.html", {"field": field.replace("_", " ")}, status=REFUSED)


def _field_with_pan(request: HttpRequest, allowed: frozenset[str]) -> str | None:
    """Return the name of the first field that holds a card number; one that stands in the name itself is masked."""
    try:
        fields = list(request.POST.lists())
    except UnreadablePostError:  # whoever sent it is gone
        return None
    for field, values in fields:
        if find_pans(field):
            return masked(field)
        if field not in allowed and "password" not in field and any(map(find_pans, values)):
            return field
    return next((field for field, file in request.FILES.items() if find_pans(getattr(file, "name", ""))), None)


def _record(request: HttpRequest, field: str, page: str) -> None:
    """Write down that it was refused, where an organisation is open; else the log alone tells of it."""
    log.warning("a card number was refused", extra={"field": field, "page": page})
    if current_scope().org_id is None:
        return
    request_id = request.META["tidegate.request_id"]
    actor = Actor("person", str(request.user.pk), str(request.user), client_address(request), request_id)
    with transaction.atomic():
        record_event(Event.CARD_REFUSED, actor, f"page/{page}", field=field[:120])
