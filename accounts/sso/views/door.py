"""The way in: finding one's organisation, going to its identity provider, coming back.

Everything here is open to people nobody knows yet, and tells them nothing: which domains are somebody's, who exists,
or why an answer was refused beyond the reason code.
"""

import logging
import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache

from accounts.sso import discovery, flow, linking, oidc, saml, sign_in, testing
from accounts.sso.asserted import AnswerRefused, Asserted
from accounts.sso.flow import Begun, NotAccepted, Purpose
from accounts.sso.forms import DiscoveryForm
from accounts.sso.models import Connection
from accounts.sso.outcome import Act
from audit.reasons import Reason
from tenants.access import PageRequest, page, public
from tenants.permissions import Permission

log = logging.getLogger(__name__)


@public("takes an e-mail address, and answers the same whatever it is")
def sso_discover(request: HttpRequest) -> HttpResponse:
    form = DiscoveryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refused = discovery.ask(request, form.cleaned_data["email"])
        return refused or render(request, "sso/sent.html", {"email": form.cleaned_data["email"]})
    context = {"form": form, "remembered": discovery.remembered(request)}
    return render(request, "sso/discover.html", context, status=422 if form.is_bound else 200)


@public("an address that only members, and whoever they tell, know; it names the organisation and nothing else")
def sso_entry(request: HttpRequest, provider_id: str) -> HttpResponse:
    with flow.opened(provider_id) as connection:
        if connection.is_draft:
            raise Http404
        context = {"connection": connection, "next": flow.own_path(request.GET.get("next", ""))}
        return render(request, "sso/entry.html", context)


@public("leads to the identity provider; signs nobody in")
def sso_start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Go to the provider. From another site, only by way of our own page: nobody is made to sign in unasked."""
    if request.headers.get("sec-fetch-site", "none") == "cross-site":
        return redirect("sso_entry", provider_id=provider_id)
    with flow.opened(provider_id) as connection:
        return begin(request, connection, Purpose.SIGN_IN)


@page(Permission.SSO_CHANGE)
def sso_test_start(request: PageRequest, connection_id: uuid.UUID) -> HttpResponse:
    connection: Connection = Connection.objects.get(id=connection_id)
    try:
        return begin(request, connection, Purpose.TEST)
    except (AnswerRefused, NotAccepted) as error:
        messages.error(request, str(error))
        return redirect("sso_provider", connection_id=connection_id)


@never_cache
@public("the answer of an identity provider: believed only if this browser asked for it")
def sso_callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    with flow.opened(provider_id) as connection:
        try:
            if connection.kind != Connection.Kind.OIDC:
                raise NotAccepted(Reason.SSO_ANSWER)
            begun = flow.recall(request, connection, request.GET.get("state", ""))
        except NotAccepted as error:
            return refused(request, connection, error.reason)
        return arrive(request, connection, begun, lambda: _oidc_answer(request, connection, begun))


def _oidc_answer(request: HttpRequest, connection: Connection, begun: Begun) -> Asserted:
    issuer = request.GET.get("iss")
    if issuer != connection.pinned["issuer"] and (issuer is not None or connection.pinned.get("answers_iss")):
        raise AnswerRefused("The answer names another issuer (RFC 9207).")
    if "error" in request.GET or not request.GET.get("code"):
        raise AnswerRefused(f"The provider answered: {request.GET.get('error', 'nothing')[:60]}.")
    return oidc.finish(connection, begun.protocol, request.GET["code"][:4_000])


def begin(request: HttpRequest, connection: Connection, purpose: Purpose) -> HttpResponse:
    """Send the browser to the provider, and keep in its session what for."""
    try:
        flow.check_enabled(connection, purpose)
        protocol = oidc if connection.kind == Connection.Kind.OIDC else saml
        address, kept = protocol.begin(connection)
    except NotAccepted as error:
        return refused(request, connection, error.reason)
    flow.remember(request, connection, purpose, kept)
    return HttpResponseRedirect(address)


def arrive(request: HttpRequest, connection: Connection, begun: Begun, answer: Callable[[], Asserted]) -> HttpResponse:
    """Judge the answer to what this browser began, and act on it."""
    try:
        flow.check_enabled(connection, begun.purpose)
        said = answer()
    except NotAccepted as error:
        return refused(request, connection, error.reason)
    except AnswerRefused as error:
        if begun.purpose is Purpose.TEST:
            testing.keep_failure(request, connection, str(error))
            return redirect("sso_test", connection_id=connection.id)
        log.warning("sso answer of %s refused: %s", connection.id, error)
        return refused(request, connection, Reason.SSO_ANSWER)
    if begun.purpose is Purpose.TEST:
        testing.keep(request, connection, said, flow.actor_at(request, str(request.user)))
        return redirect("sso_test", connection_id=connection.id)
    return _come_in(request, connection, begun, said)


def _come_in(request: HttpRequest, connection: Connection, begun: Begun, said: Asserted) -> HttpResponse:
    if begun.purpose is Purpose.LINK:
        linking.keep(request, connection, said)
        return redirect("sso_link_confirm", provider_id=connection.provider_id)
    actor = flow.actor_at(request, said.name or said.email or said.subject)
    try:
        outcome = sign_in.carry_out(connection, said, actor)
    except ValueError as error:
        log.warning("sso sign-in at %s refused: %s", connection.id, error)
        return refused(request, connection, Reason.SSO_ANSWER)
    if outcome.act is Act.REFUSE or outcome.user is None:
        return refused(request, connection, outcome.reason or Reason.SSO_ANSWER)
    response = flow.sign_in(request, connection, outcome.user, begun.next)
    discovery.remember(response, connection)
    return response


def refused(request: HttpRequest, connection: Connection, reason: Reason) -> HttpResponse:
    """Say that nobody was signed in, and the way on; of a draft nobody but its admin is told that it is there."""
    if connection.is_draft:
        raise Http404
    context = {"connection": connection, "reason": reason, "may_link": reason is Reason.SSO_NOT_LINKED}
    return render(request, "sso/refused.html", context, status=403)


urlpatterns = [
    path("sign-in/sso", sso_discover, name="sso_discover"),
    path("sign-in/sso/<str:provider_id>", sso_entry, name="sso_entry"),
    path("sign-in/sso/<str:provider_id>/start", sso_start, name="sso_start"),
    path("sign-in/sso/<str:provider_id>/callback", sso_callback, name="sso_callback"),
    path("sso/connections/<uuid:connection_id>/test/start", sso_test_start, name="sso_test_start"),
]
