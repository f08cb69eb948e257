"""The housekeeping of accounts, and the notices of keys that end."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from accounts.devices import LIFE
from accounts.key_notices import tell_of_end
from accounts.models import ApiKey, KnownDevice, SentNotice
from accounts.sessions import SessionStore
from tenants.tasks import OrgTask, hand_out

NOTICES_ARE_KEPT = timedelta(days=90)
BATCH = 500
DUE = "SELECT org_id, key_id FROM accounts_key_expiry WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT %s"


@shared_task
def clear_expired() -> None:
    """Delete sessions that have run out, browsers not seen for long, and what was noted of old mails."""
    SessionStore.clear_expired()
    now = timezone.now()
    KnownDevice.objects.filter(seen_at__lt=now - LIFE).delete()
    SentNotice.objects.filter(sent_at__lt=now - NOTICES_ARE_KEPT).delete()


@shared_task
def remind_of_keys() -> int:
    """Have the keepers of each key whose end has come near told of it; returns how many keys there are."""
    return hand_out(remind_of_key, DUE, BATCH)


@shared_task(base=OrgTask)
def remind_of_key(org_id: str, key_id: str) -> None:
    """Tell one organisation of one key; it may have been revoked meanwhile."""
    key = ApiKey.objects.filter(id=key_id).first()
    if key is not None:
        tell_of_end(key)
