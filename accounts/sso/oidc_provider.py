"""What is pinned of an OpenID provider: read once from its discovery document, then nothing else is believed."""

from typing import Any
from urllib.parse import urlsplit

import orjson
from django.core.exceptions import ValidationError

from accounts.sso import oidc_keys
from tenants import outgoing

WELL_KNOWN = "/.well-known/openid-configuration"
LARGEST = 131_072
_AUTH = ("client_secret_basic", "client_secret_post")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def from_address(address: str) -> dict[str, Any]:
    """Return what to pin of the provider at an issuer's address; raises `ValidationError` on ``address``."""
    issuer = address.strip().removesuffix(WELL_KNOWN)
    url = issuer.rstrip("/") + WELL_KNOWN
    try:
        answer = outgoing.ask(url, largest=LARGEST)
    except outgoing.Refused as error:
        raise ValidationError({"address": str(error)}) from error
    if answer.status != 200:
        raise ValidationError({"address": f"{url} answered {answer.status}."})
    pinned = from_document(answer.body, "address")
    if pinned["issuer"].rstrip("/") != issuer.rstrip("/"):
        raise ValidationError({"address": f"The document there is of another issuer: {pinned['issuer'][:200]}"})
    return pinned


def from_document(document: bytes, field: str = "document") -> dict[str, Any]:
    """Return what to pin of a discovery document (OpenID Connect Discovery 1.0, 3); raises `ValidationError`."""
    try:
        said = orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise ValidationError({field: "This is not the JSON of a discovery document."}) from error
    if not isinstance(said, dict):
        raise ValidationError({field: "A discovery document is a JSON object."})
    pinned = {name: _checked_address(said, name, field) for name in _ENDPOINTS}
    if said.get("userinfo_endpoint"):
        pinned["userinfo_endpoint"] = _checked_address(said, "userinfo_endpoint", field)
    return {
        **pinned,
        "issuer": _issuer(said, field),
        "algorithms": _algorithms(said, field),
        "token_auth": _token_auth(said, field),
        "answers_iss": said.get("authorization_response_iss_parameter_supported") is True,
    }


def _issuer(said: dict[str, Any], field: str) -> str:
    issuer = _checked_address(said, "issuer", field)
    if "{" in issuer or urlsplit(issuer).query or urlsplit(issuer).fragment:
        raise ValidationError({field: "The issuer is that of many tenants at once. Name your own tenant's address."})
    return issuer


def _checked_address(said: dict[str, Any], name: str, field: str) -> str:
    value = said.get(name)
    if not isinstance(value, str):
        raise ValidationError({field: f"The document does not say its {name}."})
    try:
        outgoing.checked(value.replace("{", "").replace("}", ""))
    except outgoing.Refused as error:
        raise ValidationError({field: f"{name}: {error}"}) from error
    return value


def _algorithms(said: dict[str, Any], field: str) -> list[str]:
    offered = said.get("id_token_signing_alg_values_supported")
    found = [each for each in oidc_keys.ALGORITHMS if isinstance(offered, list) and each in offered]
    if not found:
        raise ValidationError({field: "The provider signs id_tokens with none of the algorithms accepted here."})
    return found


def _token_auth(said: dict[str, Any], field: str) -> str:
    offered = said.get("token_endpoint_auth_methods_supported", [_AUTH[0]])  # the default of Discovery 1.0
    for method in _AUTH:
        if isinstance(offered, list) and method in offered:
            return method
    raise ValidationError({field: "The provider offers no way to authenticate with a client secret."})
