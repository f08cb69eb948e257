"""Alerts of an estate."""

from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.risk import verbs
from accounts.risk.models import Alert, Decline, Hold, RiskSettings
from tenants.permissions import Permission

if TYPE_CHECKING:
    from tests.isolation.estate import Estate


def alert(estate: "Estate") -> Alert:
    return Alert.objects.create(  # type: ignore[no-any-return]  # the manager of tenant models has no row type
        user=estate.member.user,
        client_id=estate.canary,
        rule="R1",
        severity="high",
        evidence={"canary": estate.canary},
        stepped_up=True,
        note=estate.canary,
    )


def hold(estate: "Estate") -> Hold:
    return Hold.objects.create(user=estate.member.user, since=timezone.now(), cause="R1")  # type: ignore[no-any-return]  # as above


def decline(estate: "Estate") -> Decline:
    row = {"user": estate.member.user, "client_id": estate.canary, "at": timezone.now()}
    return Decline.objects.create(**row)  # type: ignore[no-any-return]  # as above


def settings(estate: "Estate") -> RiskSettings:
    return verbs.change_settings(estate.owner.may(Permission.ALERTS_CHANGE), ["203.0.113.0/24"], "medium")
