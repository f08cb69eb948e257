"""``/oauth/authorize``: who asks for what is said plainly, and nothing goes out before the person said yes."""

from datetime import UTC, datetime
from typing import Any, cast

from allauth.account.authentication import get_authentication_records
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from oauth2_provider.exceptions import FatalClientError, OAuthToolkitError
from oauth2_provider.views.mixins import OAuthLibMixin

from accounts.models import User
from accounts.oauth import redirects, tokens
from accounts.oauth.clients import organization_of
from accounts.oauth.families import ABSOLUTE
from accounts.oauth.models import Application
from accounts.oauth.scopes import sentences
from accounts.risk import watch
from audit.events import Event
from audit.record import record_event
from tenants.access import PageRequest, page
from tenants.permissions import Permission

ANSWERS = {"csrfmiddlewaretoken", "answer"}


@page(Permission.APPS_USE, "GET", "HEAD", "POST")
@never_cache
def authorize(request: PageRequest) -> HttpResponse:
    """Ask the signed-in person, in the organisation that registered the application."""
    client_id = request.GET.get("client_id", "")
    application = Application.objects.select_related("created_by").filter(client_id=client_id[:60]).first()
    if application is None:
        return _elsewhere(request, client_id)
    if set(request.POST) - ANSWERS:
        return _fatal(request, "The form was changed on its way.")
    try:
        scopes, asked = OAuthLibMixin().validate_authorization_request(request)
    except FatalClientError as error:
        return _fatal(request, error.oauthlib_error.description or str(error.oauthlib_error))
    except OAuthToolkitError as error:
        return _told(request, application, error)
    return _asked(request, application, scopes, asked)


def _asked(request: PageRequest, application: Application, scopes: list[str], asked: dict[str, Any]) -> HttpResponse:
    uri: str = asked["redirect_uri"]
    state = {"state": asked["state"]} if asked.get("state") else {}
    prompt = set(request.GET.get("prompt", "").split())
    if "none" in prompt:
        # Every consent is asked for, so there is never an answer without a page (OpenID Connect Core, 3.1.2.6).
        return _away(uri, {"error": "consent_required", **state})
    person = cast(User, request.user)
    if watch.is_muted(person, application.client_id):
        return _away(uri, {"error": "access_denied", "error_description": "Asked and refused too often.", **state})
    if request.method != "POST":
        if "login" in prompt or _is_too_old(request):
            return _signed_in_again(request)
        return _page(request, application, scopes, uri)
    if request.POST.get("answer") != "allow":
        record_event(Event.CONSENT_DECLINED, request.grant.actor(), application.client_id, application.name)
        watch.declined(person, application.client_id)
        description = "The person did not give access."
        return _away(uri, {"error": "access_denied", "error_description": description, **state})
    return _given(request, application, scopes, asked)


def _given(request: PageRequest, application: Application, scopes: list[str], asked: dict[str, Any]) -> HttpResponse:
    credentials = {**asked, "authenticated_at": _authenticated_at(request)}
    credentials.pop("request", None)
    try:
        uri, *_ = OAuthLibMixin().create_authorization_response(request, " ".join(scopes), credentials, allow=True)
    except OAuthToolkitError as error:
        return _told(request, application, error)
    record_event(
        Event.CONSENT_GIVEN,
        request.grant.actor(),
        application.client_id,
        application.name,
        decision_id=request.grant.decision_id,
        scopes=scopes,
    )
    return _see_other(uri)


def _page(request: PageRequest, application: Application, scopes: list[str], uri: str) -> HttpResponse:
    context = {
        "application": application,
        "scopes": sentences(scopes),
        "host": redirects.origin(uri),
        "is_local": uri.startswith("http:"),
        "is_app": redirects.is_private_use(uri),
        "days": ABSOLUTE.days,
        "minutes": tokens.LIFE // 60,
    }
    response = render(request, "oauth/consent.html", context)
    # Browsers hold the redirect that follows a form to form-action too.
    response._csp_update = {"form-action": [redirects.origin(uri)]}  # type: ignore[attr-defined]  # django-csp reads it
    return response


def _elsewhere(request: PageRequest, client_id: str) -> HttpResponse:
    """Offer the person's other organisation where the application is one of its; else there is none for them."""
    org_id = organization_of(client_id[:60])
    for membership in request.memberships:
        if membership.org_id == org_id:
            context = {"target": membership.org, "next": request.get_full_path()}
            return render(request, "oauth/other_organization.html", context)
    return _fatal(request, "There is no such application in an organisation of yours.")


def _fatal(request: PageRequest, why: str) -> HttpResponse:
    """Say what is wrong here, where the address to answer to cannot be believed (RFC 6749, 4.1.2.1)."""
    return render(request, "oauth/authorize_error.html", {"why": why[:300]}, status=400)


def _told(request: PageRequest, application: Application, error: OAuthToolkitError) -> HttpResponse:
    """Tell the application what was wrong with what it asked, at an address it registered."""
    fault = error.oauthlib_error
    uri = fault.redirect_uri or request.GET.get("redirect_uri", "")
    if not application.redirect_uri_allowed(uri):
        return _fatal(request, str(fault.description))
    return _away(uri, dict(fault.twotuples))


def _away(uri: str, parameters: dict[str, str]) -> HttpResponse:
    return _see_other(redirects.with_parameters(uri, {**parameters, "iss": tokens.issuer()}))


def _see_other(uri: str) -> HttpResponse:
    """Send the browser on with 303, after which it repeats no form (RFC 9700, 4.12)."""
    response = HttpResponse(status=303, headers={"Location": uri, "Referrer-Policy": "no-referrer"})
    return response


def _signed_in_again(request: PageRequest) -> HttpResponse:
    """Have the person prove who they are, and come back without the wish for it."""
    query = request.GET.copy()
    query.pop("prompt", None)
    query.pop("max_age", None)
    back = f"{request.path}?{query.urlencode()}"
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")


def _is_too_old(request: PageRequest) -> bool:
    oldest = request.GET.get("max_age", "")
    if not (oldest.isascii() and oldest.isdecimal()):
        return False
    return (datetime.now(UTC) - _authenticated_at(request)).total_seconds() > int(oldest[:9])


def _authenticated_at(request: PageRequest) -> datetime:
    """Return when the person last proved who they are in this session."""
    moments = [record["at"] for record in get_authentication_records(request) if "at" in record]
    if moments:
        return datetime.fromtimestamp(max(moments), UTC)
    return getattr(request.user, "last_login", None) or datetime.now(UTC)


urlpatterns = [path("oauth/authorize", authorize, name="oauth_authorize")]
