"""``client_credentials`` and token exchange: how service identities (`accounts.workloads`) come to access tokens."""

import json
import uuid
from datetime import timedelta

from django.utils import timezone
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.grant_types.base import GrantTypeBase

from accounts.oauth import tokens
from accounts.oauth.clients import ASSERTION_TYPE, TOKEN_PATH, presented_id
from accounts.oauth.models import AccessToken
from accounts.oauth.requests import check_binding, check_resource, sent
from accounts.workloads import assertions, federation
from accounts.workloads.errors import Rejected
from accounts.workloads.models import ServiceIdentity
from audit.events import Event
from audit.reasons import Reason
from audit.record import Actor, record_event

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
SUBJECT_TYPES = {"urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"}
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"


class ServiceGrant(GrantTypeBase):  # type: ignore[misc]  # the package has no types
    """A token for a service that proved itself; there is no refresh token, since it can prove itself again."""

    def create_token_response(self, request: Request, token_handler: object) -> tuple[dict[str, str], str, int]:
        headers: dict[str, str] = self._get_default_headers()
        try:
            answer = self._answer(request)
        except errors.OAuth2Error as error:
            headers.update(error.headers)
            return headers, error.json, error.status_code
        return headers, json.dumps(answer), 200

    def _answer(self, request: Request) -> dict[str, object]:
        if request.duplicate_params:
            raise errors.InvalidRequestError(description="Send each parameter once.", request=request)
        check_resource(request)
        is_exchange = request.grant_type == TOKEN_EXCHANGE
        service = _exchanged(request) if is_exchange else authenticated(request)
        scope = _narrowed(request, service)
        jkt = tokens.bound_to(request)
        if service.dpop_only and not jkt:
            _record_refusal(request, Rejected(Reason.TOKEN_PROOF))
        check_binding(service, request)
        answer: dict[str, object] = {"access_token": issue(service, scope, jkt), "token_type": tokens.type_of(jkt)}
        answer |= {"expires_in": tokens.LIFE, "scope": scope}
        return answer | ({"issued_token_type": ACCESS_TOKEN_TYPE} if is_exchange else {})


def authenticated(request: Request) -> ServiceIdentity:
    """Return the service that signed the request's assertion; raises `InvalidClientError`."""
    assertion = sent(request, "client_assertion")
    if sent(request, "client_assertion_type") != ASSERTION_TYPE or not assertion:
        raise errors.InvalidClientError(request=request)
    try:
        return assertions.authenticate(assertion, f"{tokens.issuer()}{TOKEN_PATH}")
    except Rejected as rejection:
        _record_refusal(request, rejection)
        raise errors.InvalidClientError(request=request) from None


def _exchanged(request: Request) -> ServiceIdentity:
    subject_token = sent(request, "subject_token")
    if not request.client_id or not subject_token:
        raise errors.InvalidRequestError(description="client_id and subject_token are needed.", request=request)
    if sent(request, "subject_token_type") not in SUBJECT_TYPES:
        raise errors.InvalidRequestError(description="subject_token_type must be that of a JWT.", request=request)
    if sent(request, "requested_token_type") not in {"", ACCESS_TOKEN_TYPE}:
        raise errors.InvalidRequestError(description="requested_token_type must be an access token.", request=request)
    try:
        return federation.exchange(subject_token, request.client_id)
    except Rejected as rejection:
        _record_refusal(request, rejection)
        raise errors.InvalidGrantError(request=request) from None


def _narrowed(request: Request, service: ServiceIdentity) -> str:
    """Return the scopes asked for, all of the service's where none are named."""
    asked = (request.scope or "").split() or service.scopes
    if not asked or set(asked) - set(service.scopes):
        raise errors.InvalidScopeError(request=request)
    return " ".join(sorted(set(asked)))


def issue(service: ServiceIdentity, scope: str, jkt: str = "") -> str:
    """Make and write down an access token of a service, whose organisation is open."""
    jti = uuid.uuid4()
    expires = timezone.now() + timedelta(seconds=tokens.LIFE)
    AccessToken.objects.create(id=jti, client_id=service.client_id, scope=scope, expires=expires, jkt=jkt)
    wanted = tokens.Wanted(tokens.SERVICE, service.client_id, service.client_id, scope, service.org_id, jti, jkt)
    return tokens.mint(wanted)


def _record_refusal(request: Request, rejection: Rejected) -> None:
    named = {"client_id": request.client_id or "", "client_assertion": sent(request, "client_assertion")}
    actor = Actor("service", presented_id(named)[:40], "service identity", request.headers.get("REMOTE_ADDR"))
    record_event(Event.TOKEN_REFUSED, actor, because=rejection.reason.value)
