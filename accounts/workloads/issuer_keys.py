"""The public keys of a foreign issuer, from the one address that was pinned: kept, bounded, fetched for a new `kid`.

Each process keeps what it fetched. An unknown `kid` costs the issuer at most one request in `PAUSE`, whatever tokens
come in, and a fetch that hangs holds up `AT_ONCE` requests of a process at most.
"""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from accounts.workloads import public_keys
from tenants import outgoing

LARGEST = 262_144
"""Bytes of a JWKS: those with certificate chains have up to 40,000."""
MOST_KEYS = 50
FRESH = 600.0
"""Seconds that a JWKS is believed without asking again."""
STALE = 3_600.0
"""Seconds that it is believed while the issuer cannot be reached."""
PAUSE = 30.0
AT_ONCE = 4
REMEMBERED = 1_000
_busy = threading.BoundedSemaphore(AT_ONCE)


class Unavailable(Exception):
    """The issuer's keys are not at hand; the text can be shown to who named the address."""


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A key as an issuer publishes it; `kid` is the issuer's own name for it, "" where it has none."""

    kid: str
    algorithm: str
    jwk: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    keys: tuple[IssuerKey, ...]
    fetched_at: float
    asked_at: float


_kept: dict[str, _Kept] = {}
_turns: dict[str, threading.Lock] = {}


def keys_of(jwks_url: str, kid: str | None) -> tuple[IssuerKey, ...]:
    """Return the keys at `jwks_url` that may have signed a token which names `kid`; raises `Unavailable`."""
    kept = _kept.get(jwks_url)
    if kept is None or _wants_more(kept, kid):
        kept = _asked(jwks_url, kid)
    if time.monotonic() - kept.fetched_at > STALE:
        raise Unavailable("The issuer's keys could not be fetched a moment ago.")
    return _named(kept, kid)


def _named(kept: _Kept, kid: str | None) -> tuple[IssuerKey, ...]:
    return tuple(key for key in kept.keys if kid is None or key.kid in {kid, ""})


def _wants_more(kept: _Kept, kid: str | None) -> bool:
    now = time.monotonic()
    is_enough = now - kept.fetched_at <= FRESH and _named(kept, kid)
    return not is_enough and now - kept.asked_at > PAUSE


def _asked(jwks_url: str, kid: str | None) -> _Kept:
    """Fetch, unless another thread does: then use what is kept, or wait for it where that is of no use."""
    kept = _kept.get(jwks_url)
    is_useful = kept is not None and time.monotonic() - kept.fetched_at <= STALE and bool(_named(kept, kid))
    turn = _turns.setdefault(jwks_url, threading.Lock())
    if not _busy.acquire(blocking=False):
        if kept is not None and is_useful:
            return kept
        raise Unavailable("Too many keys of issuers are being fetched at this moment. Try again.")
    try:
        if not turn.acquire(blocking=not is_useful) and kept is not None:
            return kept
        try:
            return _once_more(jwks_url, kid)
        finally:
            turn.release()
    finally:
        _busy.release()


def _once_more(jwks_url: str, kid: str | None) -> _Kept:
    """Fetch, unless that was done while this thread waited for its turn."""
    kept = _kept.get(jwks_url)
    return _fetched(jwks_url, kept) if kept is None or _wants_more(kept, kid) else kept


def _fetched(jwks_url: str, former: _Kept | None) -> _Kept:
    """Return the keys that the issuer publishes now; of one that does not answer, those it had."""
    if len(_kept) >= REMEMBERED:
        _kept.clear()
        _turns.clear()
    now = time.monotonic()
    try:
        answer = outgoing.ask(jwks_url, largest=LARGEST)
        if answer.status != 200:
            raise Unavailable(f"The JWKS address answers with status {answer.status}.")
        kept = _kept[jwks_url] = _Kept(_read(answer.body), now, now)
    except (outgoing.Refused, Unavailable) as error:
        known = former or _Kept((), now - STALE - 1, now)
        kept = _kept[jwks_url] = _Kept(known.keys, known.fetched_at, time.monotonic())
        if now - known.fetched_at > STALE:
            raise Unavailable(str(error)) from error
    return kept


def _read(body: bytes) -> tuple[IssuerKey, ...]:
    """Return the keys of a JWKS (RFC 7517, 5) that we accept; the others are passed over."""
    try:
        listed = json.loads(body)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unavailable("What is at the JWKS address is no JWKS.") from error
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise Unavailable(f"A JWKS has a list of {MOST_KEYS} keys at most.")
    found = [key for entry in listed if (key := _accepted(entry)) is not None]
    if not found:
        raise Unavailable("The JWKS has no key that we accept: RSA of 2048 bits at least, P-256 or Ed25519.")
    return tuple(found)


def _accepted(entry: Any) -> IssuerKey | None:  # noqa: ANN401 (whatever an issuer publishes)
    if not isinstance(entry, dict):
        return None
    try:
        public = public_keys.read_jwk(entry)
    except ValidationError:
        return None
    return IssuerKey(str(entry.get("kid", "")), public.algorithm, public.jwk)
