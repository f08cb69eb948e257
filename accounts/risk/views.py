"""The inbox of alerts, its settings, and the page of a person who has to confirm that it is them."""

import uuid
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.risk import alerts, verbs
from accounts.risk.alerts import TITLES
from accounts.risk.forms import AlertDecisionForm, AlertFilter, RiskSettingsForm
from accounts.risk.models import Alert, Hold, RiskSettings
from accounts.risk.rules import Rule
from tenants.access import PageRequest, page, signed_in
from tenants.middleware import TenantRequest
from tenants.paging import ordered_page
from tenants.permissions import Permission
from tenants.policy import allows

SHOWN_ALERTS = 5


@page(Permission.ALERTS_READ)
def alerts_list(request: PageRequest) -> HttpResponse:
    form = AlertFilter(request.GET)
    shown = ordered_page(request, _filtered(form), {"created_at": "created_at"}, "-created_at")
    settings = alerts.settings()
    context: dict[str, Any] = {
        "alerts": [(alert, TITLES[Rule(alert.rule)]) for alert in shown.rows],
        "next_cursor": shown.next_cursor,
        "form": form,
        "filtered": form.narrows(),
        "held": Hold.objects.select_related("user").order_by("since")[:20],
        "settings": settings,
        "may_change": allows(request.principal, Permission.ALERTS_CHANGE),
        "settings_form": _settings_form(settings),
    }
    return render(request, "risk/alerts_list.html", context, status=form.status)


@page(Permission.ALERTS_READ)
def alert_detail(request: PageRequest, alert_id: uuid.UUID) -> HttpResponse:
    alert = _alert(alert_id)
    return _detail(request, alert, AlertDecisionForm(client_id=alert.client_id))


@page(Permission.ALERTS_CHANGE, "POST")
def alert_decide(request: PageRequest, alert_id: uuid.UUID) -> HttpResponse:
    alert = _alert(alert_id)
    form = AlertDecisionForm(request.POST, client_id=alert.client_id)
    if form.is_valid():
        try:
            verbs.decide(request.grant, alert_id, form.cleaned_data["state"], form.cleaned_data["note"])
        except ValidationError as error:
            form.add_error(None, " ".join(error.messages))
        else:
            messages.success(request, "The alert is closed.")
            return redirect("alerts_list")
    return _detail(request, alert, form, status=422)


@page(Permission.ALERTS_CHANGE, "POST")
def alert_settings(request: PageRequest) -> HttpResponse:
    form = RiskSettingsForm(request.POST)
    if form.is_valid():
        networks = form.cleaned_data["trusted_networks"].split()
        try:
            verbs.change_settings(request.grant, networks, form.cleaned_data["step_up_from"])
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, "The settings of alerts are saved.")
    else:
        messages.error(request, "Choose when a passkey is asked for, and at most 50 networks.")
    return redirect("alerts_list")


@signed_in("a person on hold reads why, and how to go on; nothing else")
def risk_hold(request: TenantRequest) -> HttpResponse:
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = reverse("home")
    person = request.user.pk
    held = Hold.objects.filter(user_id=person).first() if person and request.membership else None
    if held is None or person is None:
        return redirect(target)
    factors = Authenticator.objects.filter(user_id=request.user.pk, created_at__lt=held.since)
    kinds = set(factors.values_list("type", flat=True))
    asking = alerts.open_alerts(person)[:SHOWN_ALERTS]
    context = {
        "alerts": [(alert, TITLES[Rule(alert.rule)]) for alert in asking],
        "next": target,
        "has_passkey": Authenticator.Type.WEBAUTHN.value in kinds,
        "has_app": Authenticator.Type.TOTP.value in kinds,
    }
    return render(request, "risk/hold.html", context)


def _alert(alert_id: uuid.UUID) -> Alert:
    found: Alert = Alert.objects.select_related("user", "decided_by").get(id=alert_id)
    return found


def _detail(request: PageRequest, alert: Alert, form: AlertDecisionForm, status: int = 200) -> HttpResponse:
    is_own = alert.user_id == request.user.pk
    is_closed = alert.state in {Alert.State.HARMLESS, Alert.State.HOSTILE}
    context = {
        "alert": alert,
        "title": TITLES[Rule(alert.rule)],
        "evidence": alerts.told(alert.evidence),
        "is_held": Hold.objects.filter(user_id=alert.user_id).exists(),
        "is_own": is_own,
        "form": form if not is_own and not is_closed and allows(request.principal, Permission.ALERTS_CHANGE) else None,
        "crumbs": [{"label": "Alerts", "url": reverse("alerts_list")}],
    }
    return render(request, "risk/alert_detail.html", context, status=status)


def _filtered(form: AlertFilter) -> QuerySet[Alert]:
    rows: QuerySet[Alert] = Alert.objects.select_related("user")
    if not form.is_valid():
        return rows.none()
    return rows.filter(**{name: value for name, value in form.cleaned_data.items() if value})


def _settings_form(settings: RiskSettings) -> RiskSettingsForm:
    initial = {"trusted_networks": "\n".join(settings.trusted_networks), "step_up_from": settings.step_up_from}
    return RiskSettingsForm(initial=initial)


urlpatterns = [
    path("alerts/", alerts_list, name="alerts_list"),
    path("alerts/settings", alert_settings, name="alert_settings"),
    path("alerts/<uuid:alert_id>", alert_detail, name="alert_detail"),
    path("alerts/<uuid:alert_id>/decide", alert_decide, name="alert_decide"),
    path("confirm/", risk_hold, name="risk_hold"),
]
