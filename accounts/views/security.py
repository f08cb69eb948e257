"""Everything about one's own sign-in, on one page."""

from typing import Any, cast

from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import view_recovery_codes
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import SentNotice, User
from accounts.oauth.consents import given_by
from accounts.signals import record_of_person
from accounts.sso.linking import bindings_of
from accounts.templatetags.devices import device_name
from audit.events import Event
from audit.models import AuditEvent
from tenants.access import signed_in
from tenants.middleware import TenantRequest
from tenants.vouching import is_bound

SHOWN = 10


@signed_in("shows the person's own factors and sessions, and nobody else's")
def security(request: TenantRequest) -> HttpResponse:
    authenticators: dict[str, Any] = {}
    for item in Authenticator.objects.filter(user=request.user):
        wrapped = item.wrap()
        if item.type == Authenticator.Type.WEBAUTHN:
            authenticators.setdefault(item.type, []).append(wrapped)
        else:
            authenticators[item.type] = wrapped
    sessions = UserSession.objects.purge_and_list(request.user)
    for session in sessions:
        session.is_current = session.session_key == request.session.session_key
    context = {
        "authenticators": authenticators,
        "MFA_SUPPORTED_TYPES": mfa_settings.SUPPORTED_TYPES,
        "is_mfa_enabled": is_mfa_enabled(request.user),
        "sessions": sessions[:SHOWN],
        "session_count": len(sessions),
        "consents": given_by(request.membership.user_id) if request.membership else [],
        "sign_ins": _sign_ins(request),
        "bindings": bindings_of(cast(User, request.user)) if request.membership else [],
        "notices": SentNotice.objects.filter(user__pk=str(request.user.pk))[:SHOWN],
        "level": request.session_level().value.upper(),
        "came_by_sso": is_bound(request),
    }
    return render(request, "accounts/security.html", context)


@signed_in("shows the person's own recovery codes, once; allauth asks for their factor")
@never_cache
def recovery_codes(request: TenantRequest) -> HttpResponse:
    answer: HttpResponse = view_recovery_codes(request)
    return answer


@signed_in("leads to the page that shows the person's own recovery codes: allauth's would show them as a file instead")
def recovery_codes_file(request: TenantRequest) -> HttpResponse:
    return redirect("mfa_view_recovery_codes")


@signed_in("signs out another device of the person's own, and nobody else's")
@require_POST
def session_end(request: TenantRequest, session_id: int) -> HttpResponse:
    others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
    session = others.filter(pk=session_id).first()
    if session is None:
        raise Http404
    name = device_name(session.user_agent)
    session.end()
    record_of_person(Event.SESSION_ENDED, request, cast(User, request.user), device=name, ip=session.ip)
    messages.success(request, f"{name} is signed out.")
    return redirect("usersessions_list")


def _sign_ins(request: TenantRequest) -> list[AuditEvent]:
    """Return the person's last sign-ins as the open organisation recorded them; none without an organisation."""
    if request.membership is None:
        return []
    own = AuditEvent.objects.filter(actor_id=str(request.user.pk), event__startswith="accounts:session:")
    return list(own[:SHOWN])


urlpatterns = [
    path("security/", security, name="security"),
    path("security/sessions/<int:session_id>/end", session_end, name="session_end"),
    path("accounts/2fa/recovery-codes/", recovery_codes, name="mfa_view_recovery_codes"),
    path("accounts/2fa/recovery-codes/download/", recovery_codes_file, name="mfa_download_recovery_codes"),
]
