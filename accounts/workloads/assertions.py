"""Client authentication by ``private_key_jwt`` (RFC 7523, 2.2 and 3)."""

import hashlib
import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.workloads import compact, standing
from accounts.workloads.compact import Compact, Malformed
from accounts.workloads.errors import Rejected
from accounts.workloads.models import ServiceIdentity, ServiceKey, UsedAssertion
from audit.reasons import Reason

LONGEST = 4_096
"""Characters of an assertion; one under RSA 4096 has about 1,100."""
LONGEST_LIFE = 300
"""Seconds that an assertion may be good for from now."""
LEEWAY = 60
"""Seconds by which a client's clock may differ."""
SHORTEST_JTI, LONGEST_JTI = 8, 256
KEPT_AFTER = timedelta(minutes=5)
"""How long a used `jti` is kept after the assertion expired: workers' clocks differ too."""
TYPES = frozenset({None, "JWT", "jwt", "client-authentication+jwt"})


def authenticate(assertion: str, audience: str) -> ServiceIdentity:
    """Return the service that signed `assertion` for `audience` (the token endpoint's URL); raises `Rejected`.

    The issuer's own URL is accepted as audience too. The row is that of a service which may have a token now: it is not
    disabled, its owner is an active member, and its organisation is not suspended.

    What it writes (that the assertion was used) counts with the transaction around it: the token must be made in that.
    """
    try:
        token = compact.read(assertion, LONGEST)
        times = _Times(token)
    except Malformed:
        raise Rejected(Reason.ASSERTION_MALFORMED) from None
    with standing.presented(token.text("sub")) as service:
        key = _signer(token, service)
        _must_be_meant(token, service, {audience, settings.BASE_URL})
        times.must_be_now()
        standing.must_stand(service)
        _must_be_first(token, service, times.expires)
        standing.note_use(key, service)
        return service


class _Times:
    """The moments that an assertion names, in seconds since 1970."""

    def __init__(self, token: Compact) -> None:
        self.expires = token.moment("exp") or 0.0
        self.issued, self.not_before = token.moment("iat"), token.moment("nbf")

    def must_be_now(self) -> None:
        now = time.time()
        begins = max(self.issued or 0.0, self.not_before or 0.0)
        oldest = now - LONGEST_LIFE - LEEWAY
        if not now < self.expires <= now + LONGEST_LIFE + LEEWAY or begins > now + LEEWAY:
            raise Rejected(Reason.ASSERTION_TIME)
        if self.issued is not None and (self.issued < oldest or self.expires - self.issued > LONGEST_LIFE):
            raise Rejected(Reason.ASSERTION_TIME)


def _signer(token: Compact, service: ServiceIdentity) -> ServiceKey:
    """Return the living key of the service that made the signature."""
    for key in ServiceKey.objects.filter(service=service, revoked_at=None):
        may_be_it = token.kid in {None, key.kid} and key.state != "expired"
        if may_be_it and compact.verifies(token, key.jwk, key.algorithm):
            return key  # type: ignore[no-any-return]  # the manager of tenant models has no row type
    raise Rejected(Reason.ASSERTION_KEY)


def _must_be_meant(token: Compact, service: ServiceIdentity, audiences: set[str]) -> None:
    """Raise unless the service speaks of itself, to us and to nobody else."""
    said = token.claims.get("aud")
    audience = said[0] if isinstance(said, list) and len(said) == 1 else said
    is_ours = isinstance(audience, str) and audience in audiences
    if not is_ours or token.text("iss") != service.client_id or token.header.get("typ") not in TYPES:
        raise Rejected(Reason.ASSERTION_CLAIMS)


def _must_be_first(token: Compact, service: ServiceIdentity, expires: float) -> None:
    """Use the assertion up. Of several at the same time, the unique constraint lets one through."""
    jti = token.text("jti")
    if not SHORTEST_JTI <= len(jti) <= LONGEST_JTI:
        raise Rejected(Reason.ASSERTION_CLAIMS)
    UsedAssertion.objects.filter(service=service, expires_at__lt=timezone.now() - KEPT_AFTER).delete()
    used = UsedAssertion(
        service=service,
        jti_hash=hashlib.sha256(jti.encode("utf-8", "surrogatepass")).digest(),
        expires_at=datetime.fromtimestamp(expires, UTC),
    )
    try:
        with transaction.atomic():
            used.save(force_insert=True)
    except IntegrityError:
        raise Rejected(Reason.ASSERTION_REPLAYED) from None
