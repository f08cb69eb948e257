"""What clients are told of the server: RFC 8414 and OpenID Connect Discovery, each naming only what is accepted."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path

from accounts.oauth import clients, dpop, tokens
from accounts.oauth.scopes import EVERY
from accounts.oauth.service_grants import TOKEN_EXCHANGE
from tenants.access import public

AUTHENTICATION = ["none", "private_key_jwt"]
MAX_AGE = 300


@public("says how to ask; there is nothing of anybody in it")
def authorization_server(request: HttpRequest) -> JsonResponse:
    """``/.well-known/oauth-authorization-server`` (RFC 8414)."""
    return _kept(_server())


@public("says how to ask; there is nothing of anybody in it")
def openid_configuration(request: HttpRequest) -> JsonResponse:
    """``/.well-known/openid-configuration`` (OpenID Connect Discovery 1.0, 3)."""
    about = {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "claims_supported": [
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "name",
            "email",
            "email_verified",
        ],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
    return _kept(_server() | about)


@public("says how to ask; there is nothing of anybody in it")
def protected_resource(request: HttpRequest) -> JsonResponse:
    """``/.well-known/oauth-protected-resource/v1`` (RFC 9728)."""
    return _kept(
        {
            "resource": tokens.audience(),
            "authorization_servers": [tokens.issuer()],
            "bearer_methods_supported": ["header"],
            "scopes_supported": [scope for scope in EVERY if ":" in scope],
            "dpop_signing_alg_values_supported": [dpop.ALGORITHM],
            "dpop_bound_access_tokens_required": False,
        }
    )


def _server() -> dict[str, Any]:
    at = tokens.issuer()
    signing = {"token_endpoint_auth_signing_alg_values_supported": clients.ALGORITHMS}
    methods = {
        f"{name}_endpoint_auth_methods_supported": ["private_key_jwt"] if name == "introspection" else AUTHENTICATION
        for name in ("token", "revocation", "introspection")
    }
    return {
        "issuer": at,
        "authorization_endpoint": f"{at}/oauth/authorize",
        "token_endpoint": f"{at}{clients.TOKEN_PATH}",
        "revocation_endpoint": f"{at}/oauth/revoke",
        "introspection_endpoint": f"{at}/oauth/introspect",
        "jwks_uri": f"{at}/.well-known/jwks.json",
        "scopes_supported": list(EVERY),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", TOKEN_EXCHANGE],
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": [dpop.ALGORITHM],
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": f"{at}/docs/api",
        **methods,
        **signing,
    }


def _kept(document: dict[str, Any]) -> JsonResponse:
    headers = {"Cache-Control": f"public, max-age={MAX_AGE}", "Access-Control-Allow-Origin": "*"}
    return JsonResponse(document, headers=headers)


urlpatterns = [
    path(".well-known/oauth-authorization-server", authorization_server, name="oauth_metadata"),
    path(".well-known/openid-configuration", openid_configuration, name="openid_configuration"),
    path(".well-known/oauth-protected-resource/v1", protected_resource, name="protected_resource"),
]
