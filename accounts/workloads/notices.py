"""What a service's owner is told by mail, and the organisation's keepers when a service has no owner any more."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.notices import Notice, address_of, tell, tell_keepers
from accounts.workloads.models import ServiceIdentity, ServiceKey
from audit.events import Event
from audit.models import AuditEvent
from audit.record import Actor, record_event
from tenants.models import Organization
from tenants.principal import Principal

ONCE_IN = timedelta(days=1)


def tell_of_key(key: ServiceKey, maker: Principal) -> None:
    """Owe the owner the notice of a key that was just added."""
    facts = {
        **_facts(key.service),
        "kid": key.kid,
        "algorithm": key.algorithm,
        "origin": key.get_origin_display(),
        "added_by": maker.label,
        "added_at": timezone.now(),
        "ip": maker.address,
    }
    tell(Notice.SERVICE_KEY_ADDED, key.service.owner, facts)


@transaction.atomic
def tell_of_end(key: ServiceKey) -> None:
    """Owe the notice that is due of a key's end, once for each stage; its organisation is open."""
    locked: ServiceKey | None = ServiceKey.objects.select_for_update().filter(id=key.id, revoked_at=None).first()
    if locked is None or (days := locked.take_notice()) is None:
        return
    ending = {"kid": locked.kid, "days": days, "expires_at": locked.expires_at, "is_past": not days}
    facts = {**_facts(locked.service), **ending}
    tell(Notice.SERVICE_KEY_ENDING, locked.service.owner, facts)


def tell_of_orphan(service: ServiceIdentity) -> None:
    """Owe the keepers, once a day, that a service asks for tokens in vain since its owner left."""
    told = AuditEvent.objects.filter(event=Event.SERVICE_ORPHANED.value, target=str(service.id))
    if told.filter(created_at__gt=timezone.now() - ONCE_IN).exists():
        return
    actor = Actor("service", str(service.id), service.name)
    record_event(Event.SERVICE_ORPHANED, actor, str(service.id), service.name, owner=str(service.owner))
    tell_keepers(Notice.SERVICE_ORPHANED, {**_facts(service), "owner": str(service.owner)}, None)


def _facts(service: ServiceIdentity) -> dict[str, object]:
    return {
        "organization": Organization.objects.get().name,
        "service_name": service.name,
        "client_id": service.client_id,
        "service_url": address_of("service_detail", service.id),
    }
