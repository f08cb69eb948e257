"""What one trial has in common with another, across organisations, by keyed hashes that tell of neither.

A trace is left when a trial begins to run, not when it is asked for: who gives up at Checkout has had none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from billing.subscriptions.models import Refusal, TrialTrace
from tenants.scope import current_org_id
from tenants.signature import derivations, derive

Kind = TrialTrace.Kind
LASTS = {
    Kind.PERSON: timedelta(days=730),
    Kind.MAILBOX: timedelta(days=730),
    Kind.DOMAIN: timedelta(days=90),
    Kind.DEVICE: timedelta(days=180),
    Kind.CARD: timedelta(days=730),
}
"""For how long a trace stands in the way of another organisation's trial; a browser's cookie lives no longer."""
REFUSALS = {
    Kind.PERSON: Refusal.SAME_PERSON,
    Kind.MAILBOX: Refusal.SAME_MAILBOX,
    Kind.DOMAIN: Refusal.SAME_DOMAIN,
    Kind.DEVICE: Refusal.SAME_DEVICE,
    Kind.CARD: Refusal.SAME_CARD,
}
SHARED_DOMAINS = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com
    mac.com aol.com proton.me protonmail.com pm.me gmx.de gmx.net gmx.com web.de t-online.de mail.ru yandex.ru
    yandex.com qq.com 163.com 126.com naver.com zoho.com fastmail.com hey.com tuta.com orange.fr free.fr
    laposte.net libero.it
    """.split()  # noqa: SIM905 (one name a line would be a page)
)
"""Domains in which anybody can have a mailbox: two people there have nothing in common."""
_IGNORES_DOTS = frozenset({"gmail.com", "googlemail.com"})
_TERM, _SUBJECT = "tidegate.billing.trial.term.v1", "tidegate.billing.trial.subject.v1"


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who begins a trial, from which browser and with which card; "" for what is not known."""

    person_id: UUID | None = None
    email: str = ""
    device: str = ""
    card: str = ""

    def terms(self) -> Iterator[tuple[TrialTrace.Kind, str]]:
        """Yield what can be compared, in an order in which no two trials wait for each other."""
        if self.card:
            yield Kind.CARD, self.card
        if self.device:
            yield Kind.DEVICE, self.device
        if self.email:
            domain = company_of(self.email)
            if domain not in SHARED_DOMAINS:
                yield Kind.DOMAIN, domain
            yield Kind.MAILBOX, mailbox_of(self.email)
        if self.person_id:
            yield Kind.PERSON, str(self.person_id)


def mailbox_of(email: str) -> str:
    """Return the mailbox behind an address: without a tag, and without dots where they mean nothing."""
    name, _, domain = email.strip().lower().rpartition("@")
    name = name.partition("+")[0]
    return f"{name.replace('.', '') if domain in _IGNORES_DOTS else name}@{domain}"


def company_of(email: str) -> str:
    """Return the part of an address's domain that is registered: two labels, or three below such as ``co.uk``."""
    labels = email.strip().lower().rpartition("@")[2].split(".")
    registry = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3:] if registry else labels[-2:])


def found(applicant: Applicant) -> Refusal | None:
    """Return what another organisation's trial has in common with the applicant, if anything."""
    now = timezone.now()
    for kind, term in applicant.terms():
        for trace in TrialTrace.objects.filter(kind=kind, term__in=_hashes(kind, term)):
            if _stands_in_the_way(trace, now):
                return REFUSALS[kind]
    return None


def leave(applicant: Applicant) -> Refusal | None:
    """Claim everything the applicant can be known by; where another organisation has any of it, claim nothing and say.

    Of two that begin at once one waits here for the other, and finds its trace.
    """
    with transaction.atomic():
        taken = next(filter(None, (_claim(kind, term) for kind, term in applicant.terms())), None)
        if taken is not None:
            transaction.set_rollback(True)
    return taken


def sweep() -> int:
    """Forget the traces that stand in nobody's way any more; returns how many."""
    now = timezone.now()
    past = [TrialTrace.objects.filter(kind=kind, at__lt=now - lasts).delete()[0] for kind, lasts in LASTS.items()]
    return sum(past)


def _claim(kind: TrialTrace.Kind, term: str) -> Refusal | None:
    now = timezone.now()
    made = TrialTrace(kind=kind, term=_hashes(kind, term)[0], subject=_own()[0], at=now)
    TrialTrace.objects.bulk_create([made], ignore_conflicts=True)
    traces = TrialTrace.objects.select_for_update().filter(kind=kind, term__in=_hashes(kind, term))
    for trace in traces:
        if _stands_in_the_way(trace, now):
            return REFUSALS[kind]
        TrialTrace.objects.filter(pk=trace.pk).update(subject=_own()[0], at=now)
    return None


def _stands_in_the_way(trace: TrialTrace, now: datetime) -> bool:
    lasts = trace.at > now - LASTS[TrialTrace.Kind(trace.kind)]
    return lasts and bytes(trace.subject) not in _own()


def _hashes(kind: TrialTrace.Kind, term: str) -> list[bytes]:
    """Return what stands for a term, under the present key and those being retired."""
    return derivations(_TERM, f"{kind.value}:{term}".encode())


def _own() -> list[bytes]:
    return derivations(_SUBJECT, current_org_id().bytes)


def device_mark(token: str) -> str:
    """Return what stands for a browser, whoever uses it; "" for one without the cookie."""
    return derive("tidegate.billing.trial.device.v1", token.encode()).hex() if token else ""
