"""Calls made under an idempotency key: claimed by one attempt at a time, and their answers kept (ADR 9).

A claim only keeps a second attempt from working in vain. That an effect happens once rests on `KeptAnswer`: its row is
written by the statement, or in the transaction, that writes the effect, and its primary key is the call's.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
from django.db import IntegrityError, connection
from django.db.models import Max

from audit.models import IdempotencyClaim, KeptAnswer
from tenants.encryption import present_mark, seal, unseal

KEPT = timedelta(hours=24)
LONGEST = timedelta(seconds=30)
"""The longest that a request takes; an older claim belongs to an attempt that died, and may be taken over."""

CLAIM = """
WITH old AS (
    DELETE FROM audit_keptanswer
    WHERE org_id = %(org)s AND id = %(id)s AND created_at <= now() - make_interval(secs => %(kept)s)
), answer AS (
    SELECT fingerprint, sealed FROM audit_keptanswer
    WHERE org_id = %(org)s AND id = %(id)s AND created_at > now() - make_interval(secs => %(kept)s)
), claim AS (
    INSERT INTO audit_idempotencyclaim AS c (id, org_id, holder, fingerprint, created_at)
    SELECT %(id)s, %(org)s, %(holder)s, %(fingerprint)s, now() WHERE NOT EXISTS (SELECT FROM answer)
    ON CONFLICT (id) DO UPDATE
        SET holder = EXCLUDED.holder, fingerprint = EXCLUDED.fingerprint, created_at = EXCLUDED.created_at
        WHERE c.created_at <= now() - make_interval(secs => %(longest)s)
    RETURNING holder
)
SELECT (SELECT holder FROM claim), (SELECT sealed FROM answer), coalesce((SELECT fingerprint FROM answer),
    (SELECT fingerprint FROM audit_idempotencyclaim WHERE org_id = %(org)s AND id = %(id)s))
"""
KEEP = """
INSERT INTO audit_keptanswer (id, org_id, fingerprint, sealed, created_at)
SELECT id, org_id, decode(fingerprint, 'hex'), sealed, now()
FROM jsonb_to_recordset(%s::jsonb) AS row_ (id uuid, org_id uuid, fingerprint text, sealed text)
"""


class InFlight(Exception):
    """Another attempt of the same call is being answered."""


class OtherRequest(Exception):
    """The key was used for another request."""


class AlreadyAnswered(Exception):
    """Another attempt of the same call was recorded first; nothing of this one was."""


@dataclass(frozen=True, slots=True)
class KeyedCall:
    """One attempt of a call. `fingerprints`: its keyed hash under the present secret, then under the retiring ones."""

    id: uuid.UUID
    org_id: uuid.UUID
    fingerprints: tuple[bytes, ...]
    holder: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def context(self) -> str:
        """Return what the sealed answer is bound to."""
        return f"audit_keptanswer|sealed|{self.org_id}|{self.id}"


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer about to be kept; `fingerprint` in hex."""

    id: uuid.UUID
    org_id: uuid.UUID
    fingerprint: str
    sealed: str


def answer_row(call: KeyedCall, answer: bytes) -> AnswerRow:
    """Return `answer` as it is kept: sealed, since it may hold parts of the text."""
    return AnswerRow(call.id, call.org_id, call.fingerprints[0].hex(), seal(answer, call.context))


def answers_as_json(rows: list[AnswerRow]) -> str:
    """Return `rows` as the JSON that `KEEP` takes."""
    return orjson.dumps(rows).decode()


def claim(call: KeyedCall) -> bytes | None:
    """Make `call` the attempt that is answered, and return nothing; or return the answer that is kept.

    Raises `InFlight` while another attempt is being answered, `OtherRequest` where the key belongs to another request.
    """
    values: dict[str, uuid.UUID | bytes | float] = {
        "id": call.id,
        "org": call.org_id,
        "holder": call.holder,
        "fingerprint": call.fingerprints[0],
        "kept": KEPT.total_seconds(),
        "longest": LONGEST.total_seconds(),
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        holder, sealed, fingerprint = cursor.fetchone()
    if holder is not None:
        return None
    if fingerprint is not None and bytes(fingerprint) not in call.fingerprints:
        raise OtherRequest
    if sealed is None:
        raise InFlight
    return unseal(sealed, call.context)


def former_kept_until() -> datetime | None:
    """Return until when the open organisation's answers that a former key sealed are kept; none if there are none."""
    former = KeptAnswer.objects.exclude(sealed__startswith=present_mark())
    last: datetime | None = former.aggregate(last=Max("created_at"))["last"]
    return last and last + KEPT


def release(call: KeyedCall) -> None:
    """Give up a claim whose attempt had no effect, so that the next one need not wait."""
    IdempotencyClaim.objects.filter(id=call.id, holder=call.holder).delete()


def keep_in_transaction(row: AnswerRow) -> None:
    """Keep an answer together with its effect; raises `AlreadyAnswered`, and the transaction is to be given up."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(KEEP, [answers_as_json([row])])
    except IntegrityError as error:
        raise AlreadyAnswered from error


def kept(call: KeyedCall) -> bytes:
    """Return the answer of the attempt that was recorded first; raises `OtherRequest` as `claim` does."""
    row: KeptAnswer = KeptAnswer.objects.get(id=call.id)
    if bytes(row.fingerprint) not in call.fingerprints:
        raise OtherRequest
    return unseal(row.sealed, call.context)
