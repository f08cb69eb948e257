"""Watches sign-ins and declined consents: keeps what was seen, asks the rules, raises alerts at once."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.factors import session_level
from accounts.models import User
from accounts.oauth.models import Application
from accounts.risk import alerts, browser
from accounts.risk.models import Decline, RiskSettings, SignIn
from accounts.risk.places import place_of
from accounts.risk.rules import (
    DECLINES_OF_PERSON,
    DECLINES_WITHIN,
    Arrival,
    Declined,
    Finding,
    Severity,
    consent_declines,
    impossible_travel,
    unusual_device,
)
from tenants.memberships import organizations_of
from tenants.models import Membership
from tenants.permissions import Role
from tenants.principal import Level
from tenants.proxies import client_address
from tenants.scope import Scope, open_scope, org_scope

KEPT = 100
KEPT_FOR = timedelta(days=90)
MUTED_FOR = timedelta(hours=1)
PRIVILEGED = [role.value for role in (Role.OWNER, Role.ADMIN, Role.FINANCE, Role.SECURITY)]
Rules = Callable[[RiskSettings, bool], list[Finding]]


def arrived(request: HttpRequest, user: User, device_known: bool) -> None:
    """Judge a sign-in that has just succeeded. One by passkey answers the question before it is asked."""
    address = client_address(request) or ""
    traits = browser.traits(request, user)
    now = Arrival(timezone.now(), address, place_of(address), device_known, traits)
    past = _kept(user, now)
    request.session[browser.SESSION_KEY] = browser.family(request)

    def rules(settings: RiskSettings, privileged: bool) -> list[Finding]:
        found = (
            impossible_travel(now, past, privileged, settings.trusted_networks),
            unusual_device(now, past, privileged, settings.trusted_networks),
        )
        return [finding for finding in found if finding is not None]

    _judged(user, rules, session_level(request) is Level.AAL3)


@transaction.atomic
def declined(user: User, client_id: str) -> None:
    """Judge a member's refusal of an application of the open organisation."""
    now = Declined(timezone.now(), str(user.pk), client_id)
    start = now.at - DECLINES_WITHIN
    Decline.objects.filter(at__lt=start).delete()
    near = Decline.objects.filter(Q(user=user) | Q(client_id=client_id))
    past = [Declined(row.at, str(row.user_id), row.client_id) for row in near]
    Decline.objects.create(user=user, client_id=client_id, at=now.at)
    finding = consent_declines(now, past)
    if finding is None:
        return
    if finding.severity is Severity.CRITICAL:
        Application.objects.filter(client_id=client_id, suspended_at=None).update(suspended_at=now.at)
    alerts.raise_alert(user, finding, alerts.settings(), client_id)


def is_muted(user: User, client_id: str) -> bool:
    """Tell whether this application asked this member so often that it is answered no without a page, for an hour."""
    recent = Decline.objects.filter(user=user, client_id=client_id, at__gte=timezone.now() - MUTED_FOR)
    return recent.count() >= DECLINES_OF_PERSON


def _kept(user: User, now: Arrival) -> list[Arrival]:
    """Return the person's former sign-ins, newest first, and keep this one beside them."""
    with open_scope(Scope(user_id=user.pk)), transaction.atomic():
        own = SignIn.objects.filter(user=user)
        own.filter(at__lt=now.at - KEPT_FOR).delete()
        rows = list(own[:KEPT])
        own.exclude(pk__in=[row.pk for row in rows]).delete()
        own.create(user=user, at=now.at, address=now.address or None, device_known=now.device_known, traits=now.traits)
    return [
        Arrival(row.at, row.address or "", place_of(row.address or ""), row.device_known, bytes(row.traits))
        for row in rows
    ]


def _judged(user: User, rules: Rules, answered: bool) -> None:
    """Ask `rules` for every organisation of the person, each with its own settings and the person's role there."""
    for org_id in organizations_of(user.pk):
        with org_scope(org_id), transaction.atomic():
            settings = alerts.settings()
            privileged = Membership.objects.filter(user=user, role__in=PRIVILEGED).exists()
            for finding in rules(settings, privileged):
                alerts.raise_alert(user, finding, settings, answered=answered)
