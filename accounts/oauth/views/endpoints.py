"""``/oauth/token``, ``/oauth/revoke``, ``/oauth/introspect``: for programs, by POST, in their client's organisation."""

import json
import logging
from collections.abc import Callable, Mapping

from allauth.core import ratelimit
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from oauth2_provider.views.mixins import OAuthLibMixin

from accounts.keystore.protocol import KeyStoreError
from accounts.oauth import clients, dpop, tokens
from tenants.access import public
from tenants.proxies import client_address
from tenants.scope import current_org_id, org_scope

log = logging.getLogger(__name__)
MOST_FIELDS = 30
LONGEST_FIELD = 16_384
FAILURES = "oauth_failures"
"""How many requests may fail is in the settings (`config.authorization`)."""
Answer = tuple[object, Mapping[str, str], str, int]
Core = Callable[[HttpRequest], Answer]


@public("a client proves itself, and is answered what it may have")
@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    return _answered(request, _issued)


@public("a client proves itself, and ends its own tokens only")
@csrf_exempt
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    return _answered(request, OAuthLibMixin().create_revocation_response)


@public("a client proves itself, and is told of its own organisation's tokens only")
@csrf_exempt
@require_POST
def introspect(request: HttpRequest) -> HttpResponse:
    return _answered(request, _introspected)


def _issued(request: HttpRequest) -> Answer:
    """Issue tokens. A DPoP proof that comes with the request binds them to its key (RFC 9449, 5)."""
    if "HTTP_DPOP" in request.META:
        try:
            proof = dpop.proven(request)
            dpop.use(proof, current_org_id())
        except dpop.Unproven as error:
            body = json.dumps({"error": "invalid_dpop_proof", "error_description": error.reason.sentence})
            return None, {}, body, 400
        request.META[tokens.BOUND_TO] = proof.jkt
    answer: Answer = OAuthLibMixin().create_token_response(request)
    return answer


def _introspected(request: HttpRequest) -> Answer:
    """Answer who signed the question; whoever has no key is not told of tokens (RFC 7662, 2.1)."""
    if "client_assertion" not in request.POST:
        body = json.dumps({"error": "invalid_client", "error_description": "Prove yourself by a client assertion."})
        return None, {}, body, 401
    core = OAuthLibMixin.get_oauthlib_core()
    uri, method, body, headers = core._extract_params(request)
    found: tuple[Mapping[str, str], str, int] = core.server.create_introspect_response(uri, method, body, headers)
    return (None, *found)


def _answered(request: HttpRequest, core: Core) -> HttpResponse:
    """Ask the server within the organisation of the client that the request names, and keep failures to a rate."""
    if not ratelimit.consume(request, action=FAILURES, dry_run=True):
        return _refused(429, "slow_down", "Too many requests failed. Try again in a minute.")
    fault = _fault(request)
    if fault:
        return _refused(400, "invalid_request", fault)
    org_id = clients.organization_of(clients.presented_id(request.POST.dict()))
    if org_id is None:
        response = _refused(401, "invalid_client", "There is no such client.")
    else:
        request.META["tidegate.address"] = client_address(request)
        try:
            with org_scope(org_id):
                _, headers, body, status = core(request)
        except KeyStoreError:
            log.exception("no token can be signed")
            transaction.set_rollback(True)
            return _refused(503, "temporarily_unavailable", "No token can be signed at the moment.")
        response = HttpResponse(body or "", status=status, headers={"Content-Type": "application/json", **headers})
    if response.status_code >= 400:
        ratelimit.consume(request, action=FAILURES)
    return _never_kept(response)


def _fault(request: HttpRequest) -> str:
    """Return what is wrong with a request before anybody is asked about it."""
    if request.META.get("QUERY_STRING"):
        return "Send the parameters in the body: addresses are written to logs."
    if request.content_type != "application/x-www-form-urlencoded":
        return "Send the body as application/x-www-form-urlencoded."
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    if len(fields) > MOST_FIELDS or any(len(name) + len(value) > LONGEST_FIELD for name, value in fields):
        return "That are more, or longer, parameters than there can be."
    if len({name for name, _ in fields}) != len(fields):
        return "Send each parameter once."
    return ""


def _refused(status: int, error: str, description: str) -> HttpResponse:
    response = JsonResponse({"error": error, "error_description": description}, status=status)
    if status == 429:
        response.headers["Retry-After"] = "60"
    return _never_kept(response)


def _never_kept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


urlpatterns = [
    path("oauth/token", token, name="oauth_token"),
    path("oauth/revoke", revoke, name="oauth_revoke"),
    path("oauth/introspect", introspect, name="oauth_introspect"),
]
