"""Binding one's own account: prove who you are, sign in at the provider, read whose sign-in it was, say yes."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from accounts.factors import Proof
from accounts.models import User
from accounts.sso import discovery, flow, linking, outcome, sign_in
from accounts.sso.asserted import Asserted
from accounts.sso.flow import NotAccepted, Purpose
from accounts.sso.models import Connection
from accounts.sso.outcome import Act
from accounts.sso.views.door import begin, refused
from audit.reasons import Reason
from tenants.access import signed_in
from tenants.middleware import TenantRequest


@signed_in("begins to bind the signed-in person's own account; nothing is bound before they say yes to whose it is")
@require_http_methods(["GET", "POST"])
def sso_link(request: TenantRequest, provider_id: str) -> HttpResponse:
    with flow.opened(provider_id) as connection:
        try:
            flow.check_enabled(connection, Purpose.LINK)
        except NotAccepted as error:
            return refused(request, connection, error.reason)
        if not _is_proved(request):
            return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.path})}")
        if request.method == "POST":
            return begin(request, connection, Purpose.LINK)
        return render(request, "sso/link.html", {"connection": connection})


@signed_in("shows the signed-in person whose answer came back, and binds their own account to it when they say yes")
@require_http_methods(["GET", "POST"])
def sso_link_confirm(request: TenantRequest, provider_id: str) -> HttpResponse:
    with flow.opened(provider_id) as connection:
        said = linking.kept(request, connection)
        if said is None:
            if connection.is_draft:
                raise Http404
            return redirect("sso_link", provider_id=provider_id)
        if request.method == "GET" and outcome.decide(connection, said, cast(User, request.user)).act is not Act.REFUSE:
            return render(request, "sso/link_confirm.html", {"connection": connection, "said": said})
        linking.forget(request)
        return _bind(request, connection, said)


def _is_proved(request: HttpRequest) -> bool:
    """Tell whether the person signed in or gave their password just now; `AssuranceMiddleware` asks for factors."""
    proof: Proof = request.proof  # type: ignore[attr-defined]  # FactorMiddleware sets it
    return proof.has_factor or proof.signed_in_recently


def _bind(request: HttpRequest, connection: Connection, said: Asserted) -> HttpResponse:
    """Bind the account to the answer's subject; or refuse, and write that down."""
    user = cast(User, request.user)
    try:
        flow.check_enabled(connection, Purpose.LINK)
    except NotAccepted as error:
        return refused(request, connection, error.reason)
    done = sign_in.carry_out(connection, said, flow.actor_at(request, str(user)), user)
    if done.act is Act.REFUSE or done.user is None:
        return refused(request, connection, done.reason or Reason.SSO_ANSWER)
    messages.success(request, f"Your account is bound to your sign-in at {connection.name}.")
    response = flow.sign_in(request, connection, done.user, "/security/")
    discovery.remember(response, connection)
    return response


urlpatterns = [
    path("sign-in/sso/<str:provider_id>/link", sso_link, name="sso_link"),
    path("sign-in/sso/<str:provider_id>/link/confirm", sso_link_confirm, name="sso_link_confirm"),
]
