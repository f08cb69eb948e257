"""Token introspection (RFC 7662): whether a token is good now, told to clients of the same organisation."""

import uuid
from typing import Any

from django.utils import timezone

from accounts.authentication import Unauthenticated
from accounts.oauth import bearer, tokens
from accounts.oauth.families import checksum, may_go_on
from accounts.oauth.models import AccessToken, Application, RefreshToken
from accounts.oauth.verifying import NotOurs, verified


def live_token(token: str) -> AccessToken | None:
    """Return the row of an access token of the open organisation that has not expired; `None` for anything else."""
    try:
        told = verified(token)
    except NotOurs:
        return None
    return AccessToken.objects.filter(id=told.jti).first()


def facts(token: str, client: Any) -> dict[str, Any] | None:  # noqa: ANN401 (an application, or a service)
    """Return what `client` may know of a token that is good now, or `None`.

    An application sees its own tokens; a service of the organisation, such as a gateway, sees every access token.
    """
    own = client.client_id if isinstance(client, Application) else ""
    return _of_refresh_token(token, client.id) if own and token.startswith(tokens.REFRESH_PREFIX) else _of(token, own)


def _of(token: str, own: str) -> dict[str, Any] | None:
    row = live_token(token)
    if row is None or (own and row.client_id != own):
        return None
    try:
        held = bearer.presented(token)
        credential = held.read_again()
        credential.check(timezone.now(), "")
    except Unauthenticated:
        return None
    told = held.told
    named = {"scope": told.scope, "client_id": told.client_id, "sub": told.subject, "kind": told.kind}
    times = {"iat": told.issued_at, "exp": told.expires_at}
    where = {"iss": tokens.issuer(), "aud": tokens.audience(), "jti": str(told.jti)}
    how = {"token_type": tokens.type_of(told.jkt)} | _bound(told.jkt)
    return named | times | where | how


def _of_refresh_token(token: str, application_id: uuid.UUID) -> dict[str, Any] | None:
    rows = RefreshToken.objects.select_related("application").filter(expires_at__gt=timezone.now(), revoked=None)
    row = rows.filter(token_checksum=checksum(token), application_id=application_id).first()
    if row is None or not may_go_on(row.application, row.user_id, row.scope):
        return None
    ends = int(row.expires_at.timestamp())
    facts = {"scope": row.scope, "client_id": row.application.client_id, "sub": str(row.user_id), "exp": ends}
    return facts | _bound(row.jkt)


def _bound(jkt: str) -> dict[str, Any]:
    """Return the key that a token is bound to as RFC 9449, 6.2 tells it: whoever asks must ask for its proof."""
    return {"cnf": {"jkt": jkt}} if jkt else {}
