"""Decision ids: ``dec_`` and a ULID (48 bits of milliseconds, 80 random bits, Crockford's base 32: the ULID spec).

The time in the id names the month, and so the partition, that holds the row; a decision's id is only ever shown to its
own tenant, who knows when it asked.
"""

import re
import secrets
import time
from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_WHOLE = re.compile(r"dec_[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII)
_RANDOM_BITS = 80


def new_decision_id(at: datetime | None = None) -> str:
    """Return an id for a decision made `at` that time, or now."""
    milliseconds = int(at.timestamp() * 1000) if at else time.time_ns() // 1_000_000
    number = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    return "dec_" + "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def decided_at(decision_id: str) -> datetime | None:
    """Return when the decision with this id was made, to the millisecond; `None` if it is no such id."""
    if _WHOLE.fullmatch(decision_id) is None:
        return None
    number = 0
    for character in decision_id[4:]:
        number = number << 5 | _ALPHABET.index(character)
    milliseconds = number >> _RANDOM_BITS
    if milliseconds > 253_402_300_799_000:  # the last second datetime can hold
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
