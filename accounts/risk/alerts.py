"""Raising alerts, and what they do at once: tell the person and the officers, ask for a passkey, suspend a client."""

import uuid
from collections.abc import Mapping

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.notices import Notice, address_of, tell
from accounts.risk.models import Alert, Hold, RiskSettings
from accounts.risk.rules import Finding, Rule, Severity
from audit.events import Event
from audit.record import Actor, record_event
from tenants.memberships import organizations_of
from tenants.models import Membership
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.webhooks.emitting import emit
from tenants.webhooks.kinds import WebhookEvent

OFFICERS = [role.value for role in (Role.OWNER, Role.ADMIN, Role.SECURITY)]
MOST_OFFICERS = 50
TITLES = {
    Rule.TRAVEL: "Impossible travel",
    Rule.DEVICE: "A device not seen before",
    Rule.DECLINES: "Consent declined again and again",
    Rule.REPLAY: "An application's token came twice",
}
_EVIDENCE = {
    "application": ("Application", "{}"),
    "came_twice": ("Came twice", "{}"),
    "from": ("From", "{}"),
    "from_address": ("From address", "{}"),
    "to": ("To", "{}"),
    "to_address": ("To address", "{}"),
    "distance_km": ("Distance", "{:,} km"),
    "hours": ("Within", "{:g} hours"),
    "speed_kmh": ("Speed", "{:,} km/h"),
    "place": ("Place", "{}"),
    "address": ("Address", "{}"),
    "kind_of_browser": ("Kind of browser", "{}"),
    "because": ("High because", "{}"),
    "declines": ("Refusals", "{}"),
    "people": ("People who refused", "{}"),
    "minutes": ("Within", "{} minutes"),
}
"""What people read of each fact, in this order; the database keeps none."""
_SIGN_INS = frozenset({Rule.TRAVEL, Rule.DEVICE})
"""Rules about a sign-in: a passkey answers those, and no other."""
_ORDER = list(Severity)
SYSTEM = Actor("system", "risk", "Sign-in alerts")


def raise_alert(user: User, finding: Finding, how: RiskSettings, client_id: str = "", answered: bool = False) -> Alert:
    """Write an alert in the open organisation, in the current transaction, with all that follows from it.

    `answered` says that the sign-in itself was by passkey: there is nothing left to ask for.
    """
    is_bad = _ORDER.index(finding.severity) >= _ORDER.index(Severity(how.step_up_from))
    asks = is_bad and not answered and finding.rule in _SIGN_INS
    alert: Alert = Alert.objects.create(
        user=user,
        client_id=client_id,
        rule=finding.rule.value,
        severity=finding.severity.value,
        evidence=finding.evidence,
        stepped_up=asks,
        state=Alert.State.CONFIRMED if answered else Alert.State.OPEN,
    )
    record_event(
        Event.ALERT_RAISED, SYSTEM, str(user.pk), str(user), rule=finding.rule.value, severity=finding.severity.value
    )
    _tell_receivers(alert)
    if asks:
        hold(user.pk, finding.rule)
    _tell(user, alert, finding)
    return alert


def told(evidence: Mapping[str, str | int | float]) -> list[tuple[str, str]]:
    """Return what was seen as people read it: names and values with their units."""
    shown = [(*_EVIDENCE[name], evidence[name]) for name in _EVIDENCE if name in evidence]
    return [(label, form.format(value)) for label, form, value in shown]


def settings() -> RiskSettings:
    """Return how the open organisation wants alerts to act."""
    return RiskSettings.objects.first() or RiskSettings()


def hold(user_id: uuid.UUID, cause: Rule) -> None:
    """Have a member confirm with a passkey before anything else here; until then their keys only read."""
    Hold.objects.get_or_create(user_id=user_id, defaults={"since": timezone.now(), "cause": cause.value})


def release(user_id: uuid.UUID) -> None:
    """End a member's hold in the open organisation, if there is one."""
    Hold.objects.filter(user_id=user_id).delete()


def confirmed(user: User, factor: Authenticator) -> None:
    """The person proved with `factor` that it is them: end the holds that it may end, and say so at their alerts."""
    for org_id in organizations_of(user.pk):
        with org_scope(org_id), transaction.atomic():
            held = Hold.objects.filter(user=user).first()
            if held is not None and _answers(factor, held):
                held.delete()
                open_alerts(user.pk).update(state=Alert.State.CONFIRMED)
                record_event(Event.RISK_CONFIRMED, Actor("person", str(user.pk), str(user)), str(user.pk), str(user))


def _answers(factor: Authenticator, held: Hold) -> bool:
    """Tell whether the factor is older than the hold (a thief enrols one first) and the best the person had then."""
    if factor.created_at >= held.since:
        return False
    passkeys = Authenticator.objects.filter(user_id=held.user_id, type=Authenticator.Type.WEBAUTHN)
    return factor.type == Authenticator.Type.WEBAUTHN or not passkeys.filter(created_at__lt=held.since).exists()


def open_alerts(user_id: uuid.UUID) -> QuerySet[Alert]:
    """Return the alerts about a person that the open organisation has not decided."""
    found: QuerySet[Alert] = Alert.objects.filter(user_id=user_id, state=Alert.State.OPEN)
    return found


def _tell_receivers(alert: Alert) -> None:
    facts = {"alert_id": alert.pk, "rule": alert.rule, "severity": alert.severity, "user_id": alert.user_id}
    emit(WebhookEvent.LOGIN_RISK_DETECTED, facts)


def _tell(user: User, alert: Alert, finding: Finding) -> None:
    facts = {
        "title": TITLES[finding.rule],
        "rule": finding.rule.value,
        "at": alert.created_at,
        "evidence": told(finding.evidence),
        "asks": alert.stepped_up,
        "about": str(user),
        "sessions_url": address_of("usersessions_list"),
        "security_url": address_of("security"),
        "alert_url": address_of("alert_detail", alert.pk),
    }
    if finding.rule is not Rule.DEVICE or alert.stepped_up:  # a new browser is told of anyway (accounts.devices)
        tell(Notice.ALERT, user, facts)
    if finding.severity is Severity.MEDIUM:
        return
    officers = Membership.objects.select_related("user").filter(role__in=OFFICERS, user__is_active=True)
    for membership in officers.exclude(user=user).order_by("created_at", "id")[:MOST_OFFICERS]:
        tell(Notice.ALERT_TO_OFFICERS, membership.user, facts)
