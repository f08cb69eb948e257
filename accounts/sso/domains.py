"""An organisation's e-mail domains, and their proof by a TXT record in the DNS.

The record stands beside the domain, at ``_tidegate.<domain>``, and names a token that only this organisation was
given. A domain belongs to one organisation at a time; what it decides is in `accounts.sso.sign_in`.
"""

import re
import uuid

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.sso import proofs
from accounts.sso.dns_records import Unanswered, texts_at
from accounts.sso.models import Connection, Domain, ProvedDomain, domain_hash
from audit.events import Event
from audit.record import record_event
from tenants.credentials import org_of
from tenants.guard import Grant
from tenants.permissions import Permission

MOST = 20
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def domain_of(email: str) -> str:
    """Return the domain of an e-mail address as it is compared: in lower case."""
    return email.rpartition("@")[2].lower()


@transaction.atomic
def add(grant: Grant, name: str) -> Domain:
    """Note a domain, unproved; raises `ValidationError` on the field ``name``."""
    grant.must_be(Permission.SSO_CHANGE)
    name = _checked_name(name)
    if Domain.objects.count() >= MOST:
        raise ValidationError({"name": f"An organisation has at most {MOST} domains."})
    if Domain.objects.filter(name=name).exists():
        raise ValidationError({"name": f"{name} is in the list already."})
    domain: Domain = Domain.objects.create(name=name)
    record_event(Event.DOMAIN_ADDED, grant.actor(), str(domain.id), name, decision_id=grant.decision_id)
    return domain


@transaction.atomic
def prove(grant: Grant, domain_id: uuid.UUID) -> Domain:
    """Look for the record and note the proof; raises `ValidationError` that says what was found instead."""
    grant.must_be(Permission.SSO_CHANGE)
    domain: Domain = Domain.objects.get(id=domain_id)
    held: ProvedDomain | None = ProvedDomain.objects.select_for_update().filter(domain=domain).first()
    if held is not None and held.missing_since is None:
        return domain
    _must_be_published(domain)
    if held is not None:
        proofs.found(held, grant.actor())
        return domain
    try:
        with transaction.atomic():
            ProvedDomain.objects.create(domain=domain, hash=domain_hash(domain.name))
    except IntegrityError as error:
        raise ValidationError(f"{domain.name} is proved by another organisation. Ask it to remove it first.") from error
    Domain.objects.filter(id=domain.id).update(lapsed_at=None)
    record_event(Event.DOMAIN_PROVED, grant.actor(), str(domain.id), domain.name, decision_id=grant.decision_id)
    return domain


@transaction.atomic
def remove(grant: Grant, domain_id: uuid.UUID) -> Domain:
    """Forget a domain. Enforcement needs one that is proved: the last one stays while it is on."""
    grant.must_be(Permission.SSO_CHANGE)
    domain: Domain = Domain.objects.get(id=domain_id)
    others = ProvedDomain.objects.exclude(domain=domain).exists()
    enforced = Connection.objects.filter(state=Connection.State.ENABLED, enforced_at__isnull=False).exists()
    if enforced and not others:
        raise ValidationError("This is the last proved domain, and single sign-on is enforced. Allow passwords first.")
    for proof in ProvedDomain.objects.filter(domain=domain):
        proof.delete()  # Django deletes a row's children itself; one by one, so that the index follows
    domain.delete()
    record_event(Event.DOMAIN_REMOVED, grant.actor(), str(domain_id), domain.name, decision_id=grant.decision_id)
    return domain


def proved_names() -> set[str]:
    """Return the proved domains of the open organisation."""
    return set(ProvedDomain.objects.values_list("domain__name", flat=True))


def lapsed_names() -> set[str]:
    """Return the domains whose proof ended by itself: nobody at them is signed in (`accounts.sso.proofs`)."""
    return set(Domain.objects.filter(lapsed_at__isnull=False).values_list("name", flat=True))


def is_held(name: str) -> bool:
    """Tell whether the open organisation proved a domain, also if the proof lapsed: enforcement outlives it."""
    return Domain.objects.filter(Q(proofs__isnull=False) | Q(lapsed_at__isnull=False), name=name).exists()


def owner_of(name: str) -> uuid.UUID | None:
    """Return the organisation that proved a domain; the same one statement whether there is one or not."""
    return org_of(f"sso-domain:{name}")


def _checked_name(name: str) -> str:
    try:
        name = name.strip().strip(".").lower().removeprefix("@").encode("idna").decode()
    except UnicodeError as error:
        raise ValidationError({"name": "This is not a domain."}) from error
    labels = name.split(".")
    sound = all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    if len(labels) < 2 or len(name) > 240 or not sound:
        raise ValidationError({"name": "Give the part of your e-mail addresses after the @, such as acme.example."})
    return name


def _must_be_published(domain: Domain) -> None:
    """Raise `ValidationError`, with what was found instead, unless the DNS has the record of `domain` now."""
    name = proofs.record_name(domain)
    try:
        found = texts_at(name)
    except Unanswered as error:
        raise ValidationError(f"The name servers of {domain.name} did not answer. Try again in a minute.") from error
    if proofs.record_value(domain) not in found:
        raise ValidationError(_what_was_found(name, found))


def _what_was_found(name: str, found: list[str]) -> str:
    if not found:
        return f"There is no TXT record at {name} yet. A new record can take minutes, at times hours, to be seen."
    return f"The TXT record at {name} says “{found[0][:80]}”, which is not the value shown here."
