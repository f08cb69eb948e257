"""When which key signs, and which are published. A state is never stored: it follows from the times of the keys.

A key is published before it signs for as long as a verifier may keep an old JWKS, and after its last signature until
the last token has expired and every verifier has let go of it.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import transaction
from django.utils import timezone

from accounts.keystore.models import SigningKey, State
from accounts.keystore.stores import key_store

JWKS_MAX_AGE = timedelta(seconds=300)
"""How long a verifier may keep the JWKS: its Cache-Control says so."""
TOKEN_LIFE = timedelta(seconds=300)
SLACK = timedelta(seconds=60)
"""Clocks that differ."""
PUBLISHED_BEFORE = 2 * JWKS_MAX_AGE
PUBLISHED_AFTER = TOKEN_LIFE + SLACK + JWKS_MAX_AGE
SIGNS_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Phase:
    """A key, its state now, and when its state changes next; `None` where nothing is planned."""

    key: SigningKey
    state: State
    until: datetime | None

    @property
    def is_published(self) -> bool:
        """Tell whether verifiers must know the key."""
        return self.state in {State.NEXT, State.ACTIVE, State.RETIRING}


def phases(now: datetime | None = None) -> list[Phase]:
    """Return every key with its state, newest first."""
    at = now or timezone.now()
    keys = list(SigningKey.objects.all())
    signed = [key for key in keys if key.revoked_at is None or key.revoked_at > key.signs_from]
    ends = {older.kid: newer.signs_from for newer, older in pairwise(signed)}
    return [_phase(key, ends.get(key.kid), at) for key in keys]


def _phase(key: SigningKey, ends: datetime | None, now: datetime) -> Phase:
    if key.revoked_at is not None:
        return Phase(key, State.REVOKED, None)
    if now < key.signs_from:
        return Phase(key, State.NEXT, key.signs_from)
    if ends is None or now < ends:
        return Phase(key, State.ACTIVE, ends)
    if now < ends + PUBLISHED_AFTER:
        return Phase(key, State.RETIRING, ends + PUBLISHED_AFTER)
    return Phase(key, State.RETIRED, None)


def active(now: datetime | None = None) -> SigningKey | None:
    """Return the key that signs now, if there is one."""
    return next((phase.key for phase in phases(now) if phase.state is State.ACTIVE), None)


@transaction.atomic
def rotate(now: datetime | None = None) -> SigningKey:
    """Make the next key; return the one that is next already, if there is one. The very first signs at once."""
    at = now or timezone.now()
    list(SigningKey.objects.select_for_update())  # one at a time
    standing = phases(at)
    for phase in standing:
        if phase.state is State.NEXT:
            return phase.key
    has_active = any(phase.state is State.ACTIVE for phase in standing)
    return _made(at, at + PUBLISHED_BEFORE if has_active else at)


@transaction.atomic
def revoke(kid: str, now: datetime | None = None) -> SigningKey:
    """Stop believing a key at once, whatever it signed, and return the one that signs instead."""
    at = now or timezone.now()
    keys = {key.kid: key for key in SigningKey.objects.select_for_update()}
    keys[kid].revoked_at = at
    keys[kid].save(update_fields=["revoked_at"])
    following = next((phase.key for phase in phases(at) if phase.state is State.NEXT), None)
    if active(at) is None and following is not None:
        following.signs_from = at  # verifiers that kept the former JWKS fetch it again for a kid they do not know
        following.save(update_fields=["signs_from"])
        return following
    return active(at) or _made(at, at)


def keep_up(now: datetime | None = None) -> None:
    """Do what is due: a first key, a next one before the active one is old, and an end to those that are retired."""
    at = now or timezone.now()
    current = active(at)
    if current is None or at >= current.signs_from + SIGNS_FOR - PUBLISHED_BEFORE:
        rotate(at)
    for key in _ended(phases(at)):
        key_store().destroy(key.kid)
        key.destroyed_at = at
        key.save(update_fields=["destroyed_at"])


def _ended(standing: Sequence[Phase]) -> Iterator[SigningKey]:
    for phase in standing:
        if phase.state in {State.RETIRED, State.REVOKED} and phase.key.destroyed_at is None:
            yield phase.key


def _made(now: datetime, signs_from: datetime) -> SigningKey:
    store, kid = key_store(), f"k{secrets.token_hex(8)}"
    public = store.create(kid)
    return SigningKey.objects.create(
        kid=kid, backend=store.backend, x=public.x, y=public.y, created_at=now, signs_from=signs_from
    )
