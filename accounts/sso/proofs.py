"""The proof of a domain does not last by itself: every day the DNS is asked whether the record is still there.

A domain can be lost: sold, forgotten, taken over. Whoever has it then has its mailboxes, and no organisation may go on
vouching for people there. So a record that is gone for `LEAST` answers in a row, a day apart, is told to the keepers;
`GRACE` later the proof lapses, and with it every sign-in at the domain. A name server that does not answer says
neither that the record is there nor that it is gone: it is asked again in an hour, and nothing is counted.
"""

import math
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.notices import Notice, address_of, tell_keepers
from accounts.sso.dns_records import Unanswered, texts_at
from accounts.sso.models import Connection, Domain, ProvedDomain
from audit.events import Event
from audit.record import Actor, record_event
from tenants.models import Organization

EVERY = timedelta(days=1)
AGAIN = timedelta(hours=1)
LEAST = 3
GRACE = timedelta(days=14)
STAGES = (14, 7, 1)
"""Days before the proof lapses on which the keepers are told, the first being when `LEAST` is reached."""
_CHECKS = Actor("system", "sso", "The daily look at the DNS")


def record_name(domain: Domain) -> str:
    """Return the name of the TXT record that proves `domain`."""
    return f"_tidegate.{domain.name}"


def record_value(domain: Domain) -> str:
    """Return what that record must say."""
    return f"tidegate-domain={domain.token}"


def recheck(proof_id: uuid.UUID) -> None:
    """Look a proof's record up, if that is due, and note what it comes to; its organisation is open."""
    due = ProvedDomain.objects.select_related("domain").filter(id=proof_id, check_at__lte=timezone.now())
    proof: ProvedDomain | None = due.first()
    if proof is None:
        return
    try:
        there: bool | None = record_value(proof.domain) in texts_at(record_name(proof.domain))
    except Unanswered:
        there = None
    _note(proof, there)


@transaction.atomic
def _note(asked: ProvedDomain, there: bool | None) -> None:
    """Write the answer down, unless another worker was faster or the proof is gone meanwhile."""
    rows = ProvedDomain.objects.select_for_update().filter(id=asked.id, check_at=asked.check_at)
    proof: ProvedDomain | None = rows.first()
    if proof is None:
        return
    if there is None:
        proof.check_at = timezone.now() + AGAIN
        proof.save(update_fields=["check_at"])
    elif there:
        found(proof, _CHECKS)
    else:
        _missing(proof, timezone.now())


def found(proof: ProvedDomain, actor: Actor) -> None:
    """Note that the record is there: whatever was missing before no longer counts. In a transaction."""
    was_told = proof.lapses_at is not None
    now = timezone.now()
    proof.check_at, proof.checked_at, proof.missing_checks = now + EVERY, now, 0
    proof.missing_since = proof.lapses_at = proof.notified_days = None
    proof.save()
    if was_told:
        record_event(Event.DOMAIN_RECORD_FOUND, actor, str(proof.domain_id), proof.domain.name)


def _missing(proof: ProvedDomain, now: datetime) -> None:
    """Note one more answer that the record is gone; warn, or end the proof, when it is time."""
    proof.check_at, proof.checked_at = now + EVERY, now
    proof.missing_since = proof.missing_since or now
    proof.missing_checks += 1
    if proof.lapses_at is None and proof.missing_checks >= LEAST:
        proof.lapses_at = now + GRACE
        record_event(Event.DOMAIN_RECORD_MISSING, _CHECKS, str(proof.domain_id), proof.domain.name)
    if proof.lapses_at is None:
        proof.save()
    elif proof.lapses_at <= now:
        _lapse(proof, now)
    else:
        _warn(proof, proof.lapses_at - now)
        proof.save()


def _warn(proof: ProvedDomain, left: timedelta) -> None:
    """Owe the keepers the warning that is due, once for each of `STAGES`."""
    stage = min(days for days in STAGES if left <= timedelta(days=days))
    if proof.notified_days is None or stage < proof.notified_days:
        proof.notified_days = stage
        _tell(proof, math.ceil(left / timedelta(days=1)))


def _lapse(proof: ProvedDomain, now: datetime) -> None:
    """End a proof: the domain is nobody's until somebody proves it, and nobody at it is signed in here."""
    domain = proof.domain
    domain.lapsed_at = now
    domain.save(update_fields=["lapsed_at"])
    record_event(Event.DOMAIN_LAPSED, _CHECKS, str(domain.id), domain.name)
    _tell(proof, 0)
    proof.delete()


def _tell(proof: ProvedDomain, days: int) -> None:
    facts = {
        "organization": Organization.objects.get().name,
        "domain": proof.domain.name,
        "record_name": record_name(proof.domain),
        "record_value": record_value(proof.domain),
        "missing_at": proof.missing_since,
        "lapses_at": proof.lapses_at,
        "days": days,
        "enforced": Connection.objects.filter(state=Connection.State.ENABLED, enforced_at__isnull=False).exists(),
        "sso_url": address_of("sso"),
    }
    tell_keepers(Notice.DOMAIN_RECORD_MISSING, facts, None)
