"""What an authorization request must and must not hold, beyond what oauthlib looks at."""

import re
from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import CustomOAuth2Error, InvalidRequestError

from accounts.oauth import tokens

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
LONGEST = {"state": 1000, "nonce": 255, "dpop_jkt": 43}
REFUSED = ("request", "request_uri", "claims", "registration", "id_token_hint")


def check_authorization_request(request: Request) -> dict[str, str]:
    """Raise what is wrong with a request, to be told at its redirect URI; there is nothing to add to it."""
    if request.code_challenge is None or _CHALLENGE.fullmatch(request.code_challenge) is None:
        raise _wrong("code_challenge must be the base64url of a SHA-256 (RFC 7636, 4.2).", request)
    if request.code_challenge_method != "S256":
        raise _wrong("code_challenge_method must be S256.", request)
    if request.response_mode not in {None, "query"}:
        raise _wrong("response_mode must be query.", request)
    for name in REFUSED:
        if sent(request, name):
            raise _wrong(f"{name} is not supported.", request)
    for name, longest in LONGEST.items():
        if len(sent(request, name)) > longest:
            raise _wrong(f"{name} may have {longest} characters.", request)
    check_resource(request)
    return {}


def sent(request: Request, name: str) -> str:
    """Return a parameter of a request, "" where it is not there."""
    return str(getattr(request, name, None) or "")


def kept(request: Request, name: str) -> Any:  # noqa: ANN401 (whatever was kept)
    """Return what we put on a request ourselves, or `None`: its plain attributes are also what the client sent."""
    return request.__dict__.get(name)


def check_resource(request: Request) -> None:
    """Raise `invalid_target` where a token for another API is asked for (RFC 8707)."""
    asked = {value for name, value in (*request.uri_query_params, *(request.decoded_body or ())) if name == "resource"}
    if asked - {tokens.audience()}:
        description = "Tokens are for this API only."
        raise CustomOAuth2Error("invalid_target", description=description, status_code=400, request=request)


def check_binding(client: object, request: Request) -> None:
    """Raise `invalid_dpop_proof` where a client has bound tokens only and proved no key."""
    if getattr(client, "dpop_only", False) and not tokens.bound_to(request):
        description = "The tokens of this client are bound to a key: send a DPoP proof."
        raise CustomOAuth2Error("invalid_dpop_proof", description=description, status_code=400, request=request)


def _wrong(description: str, request: Request) -> InvalidRequestError:
    return InvalidRequestError(description=description, request=request)
