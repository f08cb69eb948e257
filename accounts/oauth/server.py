"""The grants there are. What RFC 9700 refuses is not switched off here: it is not built in."""

from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.endpoints import (
    AuthorizationEndpoint,
    IntrospectEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant, RefreshTokenGrant
from oauthlib.oauth2.rfc6749.tokens import BearerToken
from oauthlib.openid.connect.core.grant_types import AuthorizationCodeGrant as OpenIdGrant
from oauthlib.openid.connect.core.grant_types.dispatchers import (
    AuthorizationCodeGrantDispatcher,
    AuthorizationTokenGrantDispatcher,
)

from accounts.oauth.requests import check_authorization_request
from accounts.oauth.service_grants import TOKEN_EXCHANGE, ServiceGrant
from accounts.oauth.tokens import bound_to, type_of


class Token(BearerToken):  # type: ignore[misc]  # the package has no types
    """What is issued, under the name of how it is sent."""

    def create_token(self, request: Request, refresh_token: bool = False, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401
        made: dict[str, Any] = super().create_token(request, refresh_token, **kwargs)
        return made | {"token_type": type_of(bound_to(request))}


class Server(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint, IntrospectEndpoint):  # type: ignore[misc]
    """An oauthlib server of the authorization code, refreshing, and what services do."""

    def __init__(
        self,
        request_validator: Any,  # noqa: ANN401 (the package has no types)
        token_expires_in: int,
        token_generator: Any,  # noqa: ANN401
        refresh_token_generator: Any,  # noqa: ANN401
        **_: Any,  # noqa: ANN401
    ) -> None:
        bearer = Token(request_validator, token_generator, token_expires_in, refresh_token_generator)
        plain, openid = AuthorizationCodeGrant(request_validator), OpenIdGrant(request_validator)
        for grant in (plain, openid):
            grant.custom_validators.pre_auth.append(check_authorization_request)
        AuthorizationEndpoint.__init__(
            self, "code", bearer, {"code": AuthorizationCodeGrantDispatcher(default_grant=plain, oidc_grant=openid)}
        )
        services = ServiceGrant(request_validator)
        grants = {
            "authorization_code": AuthorizationTokenGrantDispatcher(
                request_validator, default_grant=plain, oidc_grant=openid
            ),
            "refresh_token": RefreshTokenGrant(request_validator),
            "client_credentials": services,
            TOKEN_EXCHANGE: services,
        }
        TokenEndpoint.__init__(self, "refresh_token", bearer, grants)
        RevocationEndpoint.__init__(self, request_validator)
        IntrospectEndpoint.__init__(self, request_validator)
