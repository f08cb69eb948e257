"""What those who look after an organisation's keys are told of them: made, about to end, ended, found in a text."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import key_format
from accounts.models import ApiKey, ApiKeySecret
from accounts.notices import Notice, address_of, tell_keepers
from audit.events import Event
from audit.models import AuditEvent
from audit.record import Actor, record_event
from tenants.credentials import credential_hash, org_of
from tenants.models import Organization
from tenants.principal import Principal
from tenants.scope import org_scope
from tenants.webhooks.emitting import emit
from tenants.webhooks.kinds import WebhookEvent

MOST_LEAKS = 5
ONCE_IN = timedelta(days=1)
_GUARD = Actor("system", "guard", "The guard")
log = logging.getLogger(__name__)


def tell_of_new(key: ApiKey, maker: Principal) -> None:
    """Owe the notice of a key that was just made; its organisation is open."""
    facts = {
        **_facts(key),
        "scopes": key.scopes,
        "environment": key.environment,
        "created_by": maker.label,
        "created_at": key.created_at,
        "ip": maker.address,
    }
    tell_keepers(Notice.KEY_CREATED, facts, key.created_by_id)


@transaction.atomic
def tell_of_end(key: ApiKey) -> None:
    """Owe the notice that is due of a key's end, once for each stage; its organisation is open."""
    locked: ApiKey | None = ApiKey.objects.select_for_update().filter(id=key.id, revoked_at=None).first()
    if locked is None or (days := locked.take_notice()) is None:
        return
    facts = {**_facts(locked), "days": days, "expires_at": locked.expires_at, "last_used_at": locked.last_used_at}
    tell_keepers(Notice.KEY_EXPIRING if days else Notice.KEY_EXPIRED, facts, locked.created_by_id)


def tell_of_leaks(texts: Iterable[str]) -> None:
    """Tell the keepers of each living key that `texts` are: whoever sent them, and of whichever organisation it is.

    They are told that it was found, not by whom. A failure here is logged: the text itself is judged without it.
    """
    for text in list(dict.fromkeys(filter(key_format.is_well_formed, texts)))[:MOST_LEAKS]:
        try:
            _tell_of_leak(text)
        except Exception:  # the decision on the text stands, whatever keeps the notice from being owed
            log.exception("a leaked key could not be told of")


def _tell_of_leak(secret: str) -> None:
    org_id = org_of(secret)
    if org_id is None:
        return
    with org_scope(org_id), transaction.atomic():
        held = ApiKeySecret.objects.get(hash=credential_hash(secret))
        key: ApiKey = ApiKey.objects.select_for_update().get(id=held.key_id)
        told = AuditEvent.objects.filter(event=Event.KEY_LEAKED.value, target=str(key.id))
        if key.state in {"revoked", "expired"} or told.filter(created_at__gt=timezone.now() - ONCE_IN).exists():
            return
        record_event(Event.KEY_LEAKED, _GUARD, str(key.id), key.name, secret=str(held))
        tell_keepers(Notice.KEY_LEAKED, {**_facts(key), "at": timezone.now()}, key.created_by_id)
        tell_receivers(WebhookEvent.KEY_LEAKED, key)


def tell_receivers(kind: WebhookEvent, key: ApiKey, **further: datetime | list[str] | None) -> None:
    """Owe the webhook of something that happened to a key of the open organisation; never its secret."""
    emit(kind, {"key_id": str(key.id), "name": key.name, "environment": key.environment, **further})


def _facts(key: ApiKey) -> dict[str, object]:
    newest: ApiKeySecret = ApiKeySecret.objects.filter(key=key).latest("created_at")
    return {
        "organization": Organization.objects.get().name,
        "key_name": key.name,
        "key_prefix": newest.prefix,
        "key_url": address_of("key_detail", key.id),
    }
