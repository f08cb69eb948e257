"""``/.well-known/jwks.json`` (RFC 7517): the keys that verifiers must know."""

import base64

from django.http import HttpRequest, JsonResponse

from accounts.keystore.models import SigningKey
from accounts.keystore.rotation import JWKS_MAX_AGE, phases
from tenants.access import public


@public("public keys are for everybody")
def jwks(request: HttpRequest) -> JsonResponse:
    keys = [as_jwk(phase.key) for phase in phases() if phase.is_published]
    age = int(JWKS_MAX_AGE.total_seconds())
    headers = {"Cache-Control": f"public, max-age={age}", "Access-Control-Allow-Origin": "*"}
    return JsonResponse({"keys": keys}, content_type="application/jwk-set+json", headers=headers)


def as_jwk(key: SigningKey) -> dict[str, str]:
    """Return the public key as a JWK (RFC 7518, 6.2)."""
    return {
        "kty": "EC",
        "crv": "P-256",
        "use": "sig",
        "alg": "ES256",
        "kid": key.kid,
        "x": encoded(bytes(key.x)),
        "y": encoded(bytes(key.y)),
    }


def encoded(raw: bytes) -> str:
    """Return base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
