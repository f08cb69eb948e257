"""The verbs of the issuers that a service trusts, and what a rule must look like."""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.services.keys import checked_name
from accounts.workloads import compact
from accounts.workloads.identities import end_tokens, locked
from accounts.workloads.models import Preset, TrustedIssuer
from audit.events import Event
from audit.record import record_event
from tenants import outgoing
from tenants.guard import Grant
from tenants.permissions import Permission

MOST_LIVING = 10
MOST_CONDITIONS = 10
LONGEST = 400
_SEPARATORS = ":/"


@dataclass(frozen=True, slots=True)
class IssuerRequest:
    """What is asked of a trusted issuer; `claims` are conditions by the name of the claim."""

    name: str
    issuer: str
    jwks_url: str
    audience: str
    subject: str
    algorithms: Iterable[str] = ("RS256",)
    preset: str = Preset.OTHER
    claims: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def trust(grant: Grant, service_id: uuid.UUID, wanted: IssuerRequest) -> TrustedIssuer:
    """Let certain tokens of a foreign issuer stand for the service; raises `ValidationError` by field."""
    grant.must_be(Permission.SERVICES_CHANGE)
    service = locked(service_id)
    if TrustedIssuer.objects.filter(service=service, revoked_at=None).count() >= MOST_LIVING:
        raise ValidationError({"name": f"A service trusts {MOST_LIVING} issuers at most; stop trusting one first."})
    trusted: TrustedIssuer = TrustedIssuer.objects.create(
        service=service,
        name=checked_name(wanted.name),
        preset=Preset(wanted.preset),
        issuer=checked_issuer(wanted.issuer),
        jwks_url=_checked_url("jwks_url", wanted.jwks_url),
        audience=_checked_text("audience", wanted.audience),
        algorithms=_checked_algorithms(wanted.algorithms),
        subject=_checked_subject(wanted.subject),
        claims=_checked_conditions(wanted.claims),
    )
    _record(Event.ISSUER_TRUSTED, grant, trusted)
    return trusted


@transaction.atomic
def revoke(grant: Grant, service_id: uuid.UUID, issuer_id: uuid.UUID) -> TrustedIssuer:
    """Stop trusting an issuer, and end every token that the service holds."""
    grant.must_be(Permission.SERVICES_CHANGE)
    service = locked(service_id)
    trusted: TrustedIssuer = TrustedIssuer.objects.select_for_update().get(
        id=issuer_id, service=service, revoked_at=None
    )
    trusted.revoked_at = timezone.now()
    trusted.save(update_fields=["revoked_at"])
    end_tokens(service)
    _record(Event.ISSUER_REVOKED, grant, trusted)
    return trusted


def checked_issuer(issuer: str) -> str:
    """Return an issuer as its tokens spell it. It is compared, never asked, so it may be inside a private network."""
    issuer = _checked_text("issuer", issuer)
    if not re.fullmatch(r"(https?://)?[\w.-]+(:\d+)?(/[\x21-\x7e]*)?", issuer, re.ASCII):
        raise ValidationError({"issuer": "Give the issuer as its tokens say it in iss, such as https://gitlab.com."})
    return issuer


def _checked_url(name: str, url: str) -> str:
    url = _checked_text(name, url)
    try:
        outgoing.checked(url)
    except outgoing.Refused as error:
        raise ValidationError({name: str(error)}) from None
    return url


def _checked_text(name: str, text: str) -> str:
    if not text.strip():
        raise ValidationError({name: "This is needed."})
    if len(text) > LONGEST or not text.isprintable() or text != text.strip():
        raise ValidationError({name: f"Give {LONGEST} printable characters at most, without blanks around them."})
    return text


def _checked_algorithms(algorithms: Iterable[str]) -> list[str]:
    asked = sorted(set(algorithms))
    if not asked or set(asked) - set(compact.ALGORITHMS):
        raise ValidationError({"algorithms": f"Choose among {', '.join(compact.ALGORITHMS)}."})
    return asked


def _checked_subject(subject: str) -> str:
    """Return a rule. A wildcard stands at the end, after a whole part and at least two of them.

    ``repo:acme*`` would let in ``acme-evil``, and ``repo:*`` everybody who has a repository.
    """
    subject = _checked_text("subject", subject)
    stem = subject.removesuffix("*")
    if "*" in stem or "?" in stem:
        raise ValidationError({"subject": "A wildcard is one * at the very end."})
    parts = [part for part in re.split(f"[{_SEPARATORS}]", stem) if part]
    if stem != subject and (stem[-1:] not in _SEPARATORS or not stem or len(parts) < 2):
        raise ValidationError(
            {"subject": "A * follows a : or a /, after two parts at least, such as repo:your-organisation/*."}
        )
    return subject


def _checked_conditions(conditions: Mapping[str, str]) -> list[dict[str, str]]:
    if len(conditions) > MOST_CONDITIONS:
        raise ValidationError({"claims": f"Give {MOST_CONDITIONS} conditions at most."})
    listed = [
        {"name": _checked_text("claims", name), "value": _checked_text("claims", value)}
        for name, value in conditions.items()
    ]
    if any("*" in condition["value"] for condition in listed):
        raise ValidationError({"claims": "Conditions are compared exactly: a * has no meaning in them."})
    return listed


def _record(event: Event, grant: Grant, trusted: TrustedIssuer) -> None:
    record_event(
        event,
        grant.actor(),
        str(trusted.service_id),
        trusted.service.name,
        decision_id=grant.decision_id,
        issuer=trusted.issuer,
        subject=trusted.subject,
    )
