"""What officers do with alerts, and how an organisation sets them."""

import ipaddress
import uuid
from collections.abc import Iterable

from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.oauth.models import Application
from accounts.risk import alerts
from accounts.risk.models import Alert, RiskSettings
from accounts.risk.rules import Rule, Severity
from audit.events import Event
from audit.record import record_event
from tenants.guard import Grant
from tenants.permissions import Permission

MOST_NETWORKS = 50
WIDEST = {4: 8, 6: 24}
"""The shortest prefix that may be trusted: a wider network is half the internet and would silence the rule."""


@transaction.atomic
def decide(grant: Grant, alert_id: uuid.UUID, state: str, note: str = "") -> Alert:
    """Close an alert: harmless lets the person go on, hostile ends their sessions and keeps their keys to reading.

    One about an application lets that go on, or suspends it, and leaves the person alone.

    Raises `ValidationError` for an alert about oneself, one that is closed, and a state that is neither.
    """
    grant.must_be(Permission.ALERTS_CHANGE)
    alert: Alert = Alert.objects.select_for_update().select_related("user").get(id=alert_id)
    if str(alert.user_id) == grant.principal.id:
        raise ValidationError("Somebody else has to look at an alert about you.")
    if state not in {Alert.State.HARMLESS, Alert.State.HOSTILE}:
        raise ValidationError({"state": "Say whether it was them or not."})
    if alert.state in {Alert.State.HARMLESS, Alert.State.HOSTILE}:
        raise ValidationError("Somebody has closed this alert already.")
    alert.state, alert.note = state, note
    alert.decided_by_id, alert.decided_at = grant.principal.user_id, timezone.now()
    alert.save(update_fields=["state", "note", "decided_by", "decided_at"])
    if alert.client_id:
        _settle_application(alert)
    if state == Alert.State.HOSTILE and not alert.client_id:
        end_sessions(alert.user)
        alerts.hold(alert.user_id, Rule(alert.rule))
    elif not alerts.open_alerts(alert.user_id).exists():
        alerts.release(alert.user_id)
    record_event(
        Event.ALERT_DECIDED,
        grant.actor(),
        str(alert.user_id),
        str(alert.user),
        decision_id=grant.decision_id,
        rule=alert.rule,
        state=state,
        note=note,
    )
    return alert


def _settle_application(alert: Alert) -> None:
    """Let the application of an alert go on, or suspend it where it has not been yet."""
    asking = Application.objects.filter(client_id=alert.client_id)
    if alert.state == Alert.State.HARMLESS:
        asking.update(suspended_at=None)
    else:
        asking.filter(suspended_at=None).update(suspended_at=alert.decided_at)


def end_sessions(user: User) -> int:
    """Sign a person out everywhere; returns from how many browsers."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)


@transaction.atomic
def change_settings(grant: Grant, networks: Iterable[str], step_up_from: str) -> RiskSettings:
    """Set the trusted networks and from which severity on a passkey is asked for."""
    grant.must_be(Permission.ALERTS_CHANGE)
    if step_up_from not in {Severity.MEDIUM, Severity.HIGH}:
        raise ValidationError({"step_up_from": "Choose medium or high."})
    wanted = checked_networks(networks)
    settings: RiskSettings = RiskSettings.objects.get_or_create()[0]
    settings.trusted_networks, settings.step_up_from = wanted, step_up_from
    settings.save()
    record_event(
        Event.ALERT_SETTINGS_CHANGED,
        grant.actor(),
        decision_id=grant.decision_id,
        trusted_networks=wanted,
        step_up_from=step_up_from,
    )
    return settings


def checked_networks(networks: Iterable[str]) -> list[str]:
    """Return the networks in their canonical form, each once; raises `ValidationError` that names the one at fault."""
    found: dict[str, None] = {}
    for text in networks:
        try:
            network = ipaddress.ip_network(text.strip())
        except ValueError:
            raise ValidationError(
                {"trusted_networks": f"{text.strip()[:60]} is no network such as 203.0.113.0/24."}
            ) from None
        if network.prefixlen < WIDEST[network.version]:
            raise ValidationError({"trusted_networks": f"{network} is too wide: it would silence the rule of travel."})
        found[str(network)] = None
    if len(found) > MOST_NETWORKS:
        raise ValidationError({"trusted_networks": f"At most {MOST_NETWORKS} networks."})
    return list(found)
