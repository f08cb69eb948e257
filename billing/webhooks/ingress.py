"""``POST /webhooks/stripe``: the only door for Stripe's events. It verifies, stores and answers; nothing else."""

import logging

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.webhooks import inbox
from billing.webhooks.metrics import REFUSED
from billing.webhooks.verifying import LARGEST, Forged, verified
from tenants.access import public

ADDRESS = "/webhooks/stripe"
log = logging.getLogger(__name__)


@public("takes only what Stripe signed for this installation")
@csrf_exempt
@require_POST
@transaction.non_atomic_requests
def receive(request: HttpRequest) -> HttpResponse:
    """Answer 200 once an event is on disk, 400 for what is not Stripe's, 413 for what is too large to be."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > LARGEST:
        return _refused("size", 413)
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        return _refused("size", 413)
    try:
        event = verified(body, request.headers.get("stripe-signature", ""), settings.STRIPE_WEBHOOK_SECRETS)
    except Forged as why:
        return _refused(str(why), 400)
    inbox.store(event, body)
    return HttpResponse(status=200)


def _refused(why: str, status: int) -> HttpResponse:
    """Say no and count it; what was sent is neither kept nor logged."""
    REFUSED.labels(why).inc()
    log.warning("a delivery to the webhook of Stripe was refused: %s", why)
    return HttpResponse(status=status)


urlpatterns = [path(ADDRESS[1:], receive, name="stripe_webhook")]
