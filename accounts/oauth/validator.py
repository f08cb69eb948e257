"""django-oauth-toolkit's validator, asked about our own tables: clients, codes and refresh tokens.

The organisation of the client is open while it is asked (`accounts.oauth.views.endpoints`), so a code or token of
another tenant is not found, as one that never was.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.settings import oauth2_settings
from oauthlib.common import Request

from accounts.oauth import clients, families, tokens
from accounts.oauth.families import Former, checksum
from accounts.oauth.introspection import facts, live_token
from accounts.oauth.models import AccessToken, Application, Grant, RefreshToken
from accounts.oauth.requests import check_binding, kept, sent
from accounts.oauth.service_grants import authenticated

Client = Any
"""An `Application`, or a `ServiceIdentity` at the endpoints that both use."""


class Validator(OAuth2Validator):  # type: ignore[misc]  # the package has no types
    """What oauthlib asks, answered."""

    # Clients

    def _load_application(self, client_id: str | None, request: Request) -> Application | None:
        found = None
        if client_id and "\0" not in client_id:
            found = Application.objects.filter(client_id=client_id).first()
        request.client = found if found is not None and found.is_usable(request) else None
        return request.client  # type: ignore[no-any-return]  # oauthlib has no types

    def client_authentication_required(self, request: Request, *args: object, **kwargs: object) -> bool:
        """Whoever presents a proof is asked for a right one, and a confidential client always is."""
        if any(sent(request, name) for name in ("client_assertion", "client_assertion_type", "client_secret")):
            return True
        if request.headers.get("HTTP_AUTHORIZATION"):
            return True
        application = self._load_application(request.client_id, request)
        return application is None or not application.is_public

    def authenticate_client(self, request: Request, *args: object, **kwargs: object) -> bool:
        """Accept a signed assertion. No client has a secret, so none is compared."""
        assertion = sent(request, "client_assertion")
        if sent(request, "client_assertion_type") != clients.ASSERTION_TYPE or not assertion:
            return False
        client_id = clients.presented_id({"client_assertion": assertion})
        if client_id.startswith(clients.SERVICE_PREFIX):
            request.client = authenticated(request)
            return True
        application = self._load_application(client_id, request)
        return application is not None and clients.authenticate(application, assertion)

    def authenticate_client_id(self, client_id: str, request: Request, *args: object, **kwargs: object) -> bool:
        application = self._load_application(client_id, request)
        return application is not None and application.is_public

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Client, *args: object, **kwargs: object
    ) -> bool:
        check_binding(client, args[0])
        return isinstance(client, Application) and grant_type in {"authorization_code", "refresh_token"}

    def validate_response_type(self, client_id: str, response_type: str, *args: object, **kwargs: object) -> bool:
        return response_type == "code"

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Client, *args: object, **kwargs: object
    ) -> bool:
        return bool(scopes) and set(scopes) <= set(client.scopes)

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        return True

    def validate_silent_login(self, request: Request) -> bool:
        """Whoever is asked is signed in; the page sees to that."""
        return True

    def validate_silent_authorization(self, request: Request) -> bool:
        """Nobody's consent is taken from an earlier one."""
        return False

    def is_origin_allowed(self, *args: object, **kwargs: object) -> bool:
        return False

    # Codes

    def _create_authorization_code(self, request: Request, code: dict[str, str], expires: Any = None) -> Grant:  # noqa: ANN401
        lives = timedelta(seconds=oauth2_settings.AUTHORIZATION_CODE_EXPIRE_SECONDS)
        return Grant.objects.create(
            application=request.client,
            user_id=request.user.pk,
            code=checksum(code["code"]),
            expires=timezone.now() + lives,
            redirect_uri=request.redirect_uri,
            scope=" ".join(request.scopes),
            code_challenge=request.code_challenge,
            nonce=request.nonce or "",
            jkt=sent(request, "dpop_jkt"),
            authenticated_at=kept(request, "authenticated_at") or timezone.now(),
        )

    def _grant(self, code: str, request: Request) -> Grant | None:
        """Return the grant of a code of this client, read and locked once in a request."""
        known: Grant | None = kept(request, "grant")
        if known is None:
            locked = Grant.objects.select_for_update().select_related("user")
            known = request.grant = locked.filter(code=checksum(code), application=request.client).first()
        return known

    def validate_code(
        self, client_id: str, code: str, client: Client, request: Request, *args: object, **kwargs: object
    ) -> bool:
        grant = self._grant(code, request)
        if grant is None or not _is_bound_as(grant.jkt, request):
            return False
        if grant.used_at is not None:
            address = _address(request)
            families.end_replayed(grant.family, client, grant.user, "code", address)
            return False
        if grant.is_expired() or not families.may_go_on(client, grant.user_id, grant.scope):
            return False
        request.user, request.scopes, request.nonce = grant.user, grant.scope.split(), grant.nonce or None
        return True

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        grant = self._grant(code, request)
        return grant.code_challenge if grant else None

    def get_code_challenge_method(self, code: str, request: Request) -> str:
        return "S256"

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Client, *args: object, **kwargs: object
    ) -> bool:
        request = args[0]
        assert isinstance(request, Request)  # noqa: S101 (said to the type checker)
        grant = self._grant(code, request)
        if grant is None or request.using_default_redirect_uri:
            return False
        return grant.redirect_uri == redirect_uri and bool(client.redirect_uri_allowed(redirect_uri))

    def get_authorization_code_scopes(
        self, client_id: str, code: str, redirect_uri: str, request: Request
    ) -> list[str]:
        found = Grant.objects.filter(code=checksum(code)).values_list("scope", flat=True).first()
        return (found or "").split()

    def get_authorization_code_nonce(
        self, client_id: str, code: str, redirect_uri: str, request: Request
    ) -> str | None:
        return request.nonce or None

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Request, *args: object, **kwargs: object
    ) -> None:
        Grant.objects.filter(id=request.grant.id).update(used_at=timezone.now())

    # Refresh tokens

    def validate_refresh_token(
        self, refresh_token: str, client: Client, request: Request, *args: object, **kwargs: object
    ) -> bool:
        """Take a token once. One that comes again ends its family: a thief or the robbed has it (RFC 9700, 4.14.2)."""
        locked = RefreshToken.objects.select_for_update().select_related("user")
        token = locked.filter(token_checksum=checksum(refresh_token), application=client).first()
        if token is None or not _is_bound_as(token.jkt, request):
            return False
        if token.revoked is not None:
            families.end_replayed(token.token_family, client, token.user, "refresh token", _address(request))
            return False
        if token.expires_at <= timezone.now() or not families.may_go_on(client, token.user_id, token.scope):
            families.end(token.token_family)
            return False
        request.user, request.refresh_token_instance = token.user, token
        return True

    def get_original_scopes(self, refresh_token: str, request: Request, *args: object, **kwargs: object) -> list[str]:
        scope: str = request.refresh_token_instance.scope
        return scope.split()

    # What is issued

    def _save_bearer_token(self, token: dict[str, Any], request: Request, *args: object, **kwargs: object) -> None:
        """Write down what was made. A narrower access token leaves the consent behind the refresh token as it was."""
        former: RefreshToken | None = kept(request, "refresh_token_instance")
        if former is not None:
            RefreshToken.objects.filter(id=former.id).update(revoked=timezone.now())
        continued = Former.token(former) if former is not None else Former.consent(request.grant)
        consented = former.scope if former is not None else token["scope"]
        client, user = request.client, request.user
        jkt = tokens.bound_to(request)
        families.add_access_token(request.jti, client, user, token["scope"], continued.family, jkt)
        families.add_refresh_token(token["refresh_token"], client, user, consented, continued, jkt)

    def finalize_id_token(self, id_token: dict[str, Any], token: Any, token_handler: Any, request: Request) -> str:  # noqa: ANN401
        return tokens.id_token(id_token, request, int(request.grant.authenticated_at.timestamp()))

    def refresh_id_token(self, request: Request) -> bool:
        return False

    # What was issued, looked at and ended

    def revoke_token(
        self, token: str, token_type_hint: str | None, request: Request, *args: object, **kwargs: object
    ) -> None:
        """End the family of a token of this client; whatever else it is, the answer is the same (RFC 7009, 2.2)."""
        now = timezone.now()
        refresh = RefreshToken.objects.filter(token_checksum=checksum(token), application_id=request.client.id).first()
        if refresh is not None:
            families.end(refresh.token_family)
            return
        access = live_token(token)
        if access is None or access.client_id != request.client.client_id:
            return
        if access.family is not None:
            families.end(access.family)
        AccessToken.objects.filter(id=access.id, revoked_at=None).update(revoked_at=now)

    def introspect_token(
        self, token: str, token_type_hint: str | None, request: Request, *args: object, **kwargs: object
    ) -> dict[str, Any] | None:
        return facts(token, request.client)


def _is_bound_as(jkt: str, request: Request) -> bool:
    """Tell whether a request proved the key `jkt`. Without it a code or token is nothing, and nothing is used up."""
    return jkt in {"", tokens.bound_to(request)}


def _address(request: Request) -> str:
    address: str = request.headers.get("tidegate.address") or ""
    return address
