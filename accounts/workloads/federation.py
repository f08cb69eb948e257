"""Workload identity federation: another issuer's token stands for a service (RFC 8693).

Every check of a token is a row of `examine`: what the exchange enforces is what the page that tries a token shows.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from accounts.workloads import compact, issuer_keys, standing
from accounts.workloads.compact import Compact, Malformed
from accounts.workloads.errors import Rejected
from accounts.workloads.issuer_keys import Unavailable
from accounts.workloads.models import ServiceIdentity, TrustedIssuer
from audit.reasons import Reason

LONGEST = 16_384
"""Characters of a token: those of clouds have up to 3,000."""
LONGEST_LIFE = 25 * 3_600
"""Seconds that a token may be good for from now: managed identities get a day."""
LEEWAY = 60
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: whether it holds, what was wanted, what the token says, the reason of a no."""

    name: str
    holds: bool
    wanted: str
    found: str
    reason: Reason


def exchange(subject_token: str, client_id: str) -> ServiceIdentity:
    """Return the service `client_id`, if one of the issuers it trusts says that `subject_token` is it.

    Raises `Rejected`. The row is that of a service which may have a token now, as `assertions.authenticate` says. A
    token may be exchanged until it expires: its issuer, not we, decides how often it is used.
    """
    token = read(subject_token)
    with standing.presented(client_id) as service:
        standing.must_stand(service)
        trusted = _accepting(token, service)
        standing.note_use(trusted, service)
        return service


def read(subject_token: str) -> Compact:
    """Return the parts of a token, unverified; raises `Rejected`."""
    try:
        return compact.read(subject_token, LONGEST)
    except Malformed:
        raise Rejected(Reason.SUBJECT_TOKEN_MALFORMED) from None


def examine(token: Compact, trusted: TrustedIssuer) -> list[Check]:
    """Return every check of a token by an issuer's rules; it is accepted if all hold."""
    checks = [_issuer(token, trusted)]
    if checks[0].holds:  # the keys of one issuer say nothing of another's token
        checks.append(_signature(token, trusted))
    return [*checks, _audience(token, trusted), _moments(token), _subject(token, trusted), *_claims(token, trusted)]


def covers(rule: str, subject: str) -> bool:
    """Tell whether `subject` is what the rule says: the same text, or the same up to the ``*`` at its end."""
    if rule.endswith("*"):
        return subject.startswith(rule[:-1]) and len(subject) >= len(rule)
    return subject == rule


def _accepting(token: Compact, service: ServiceIdentity) -> TrustedIssuer:
    """Return the first of the service's issuers by whose rules the token is accepted; raises `Rejected`."""
    rejection = Reason.ISSUER_UNTRUSTED
    for trusted in TrustedIssuer.objects.filter(service=service, revoked_at=None, issuer=token.text("iss")):
        failed = [check for check in examine(token, trusted) if not check.holds]
        if not failed:
            return trusted  # type: ignore[no-any-return]  # the manager of tenant models has no row type
        rejection = failed[0].reason
    raise Rejected(rejection)


def _issuer(token: Compact, trusted: TrustedIssuer) -> Check:
    said = token.text("iss")
    return Check("Issuer", said == trusted.issuer, trusted.issuer, said[:_SHOWN], Reason.ISSUER_UNTRUSTED)


def _signature(token: Compact, trusted: TrustedIssuer) -> Check:
    wanted = f"{' or '.join(trusted.algorithms)}, by a key at {trusted.jwks_url}"
    try:
        holds = token.algorithm in trusted.algorithms and any(
            compact.verifies(token, key.jwk, key.algorithm) for key in issuer_keys.keys_of(trusted.jwks_url, token.kid)
        )
    except Unavailable as error:
        return Check("Signature", False, wanted, str(error), Reason.ISSUER_UNREACHABLE)
    found = f"{token.algorithm or 'no algorithm'}, key {token.kid or 'not named'}"
    return Check("Signature", holds, wanted, found[:_SHOWN], Reason.SUBJECT_TOKEN_SIGNATURE)


def _audience(token: Compact, trusted: TrustedIssuer) -> Check:
    said = token.claims.get("aud")
    holds = trusted.audience in (said if isinstance(said, list) else [said])
    return Check("Audience", holds, trusted.audience, _shown(said), Reason.SUBJECT_TOKEN_AUDIENCE)


def _moments(token: Compact) -> Check:
    now, found = time.time(), "no usable exp"
    try:
        expires, issued, not_before = (token.moment(name) for name in ("exp", "iat", "nbf"))
    except Malformed as error:
        return Check("Time", False, "exp, and iat and nbf where given", str(error), Reason.SUBJECT_TOKEN_TIME)
    holds = expires is not None and now < expires <= now + LONGEST_LIFE
    holds = holds and max(issued or 0.0, not_before or 0.0) <= now + LEEWAY
    if expires is not None:
        found = f"expires in {int(expires - now)} s" if expires > now else f"expired {int(now - expires)} s ago"
    return Check("Time", holds, "valid now, and for 25 hours at most", found, Reason.SUBJECT_TOKEN_TIME)


def _subject(token: Compact, trusted: TrustedIssuer) -> Check:
    said = token.text("sub")
    holds = bool(said) and covers(trusted.subject, said)
    return Check("Subject", holds, trusted.subject, said[:_SHOWN], Reason.SUBJECT_TOKEN_SUBJECT)


def _claims(token: Compact, trusted: TrustedIssuer) -> Iterator[Check]:
    for condition in trusted.claims:
        said = claim(token.claims, condition["name"])
        wanted = condition["value"]
        holds = wanted in [_text(each) for each in (said if isinstance(said, list) else [said])]
        name = f"Claim {condition['name']}"
        yield Check(name, holds, wanted, _shown(said), Reason.SUBJECT_TOKEN_CLAIM)


def claim(claims: Any, name: str) -> Any:  # noqa: ANN401 (JSON)
    """Return a claim by its name, or one inside another by a JSON pointer (RFC 6901); `None` where there is none."""
    if not name.startswith("/"):
        return claims.get(name)
    found = claims
    for part in name[1:].split("/"):
        if not isinstance(found, dict):
            return None
        found = found.get(part.replace("~1", "/").replace("~0", "~"))
    return found


def _text(value: object) -> str | None:
    """Return a value as a condition writes it: texts as they are, numbers and booleans as JSON; `None` for the rest."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None


def _shown(value: object) -> str:
    said = ", ".join(_text(each) or "…" for each in (value if isinstance(value, list) else [value]))
    return "" if value is None else said[:_SHOWN]
