"""Asking the processor for something once: the row is committed before the request, and the key goes with it.

A crash between the two leaves a row that says so; asked again, the same key gets the processor's first answer.
"""

import hashlib
import logging
import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import orjson
import stripe
from django.db import connection, transaction
from django.utils import timezone

from billing.processor.client import as_json
from billing.processor.models import PaymentOperation
from tenants.encryption import Resealed, reseal, reseal_row, seal, unseal
from tenants.scope import current_org_id

Call = Callable[[dict[str, Any], str], Any]
REMEMBERED = timedelta(hours=23)
"""Stripe keeps idempotency keys for at least 24 hours; after that the same key would do the thing again."""
CLEAR_NO = frozenset({400, 402, 404})
"""Statuses that say that nothing was done under this key, whatever an earlier attempt met."""
TOO_MANY = 429
"""Says that this attempt did nothing, and nothing of an earlier one."""
T = TypeVar("T")
log = logging.getLogger(__name__)


class OtherRequest(Exception):
    """The key was used for another request before."""


class Unclear(Exception):
    """The request was sent so long ago that sending it again could do the thing twice; somebody has to look."""


def perform(kind: str, key: str, params: dict[str, Any], call: Call) -> dict[str, Any]:
    """Have `call(params, idempotency key)` done once for the open organisation and return what it answered, as JSON.

    Asked again with the same key and parameters it is answered again. Raises `OtherRequest`, `Unclear`, and what the
    SDK raises. `key` is at most 200 characters, unique in the organisation.
    """
    attempt = _apart(partial(_begin, kind, key, fingerprint(params)))
    operation = attempt.operation
    if operation.state == PaymentOperation.State.DONE:
        return _answer(operation)
    try:
        answer: dict[str, Any] = as_json(call(params, f"{current_org_id()}:{key}"))
    except stripe.StripeError as error:
        _apart(partial(_fail, attempt, error))
        raise
    _apart(partial(_finish, operation.id, answer))
    return answer


def perform_anew(
    kind: str, key: str, params: dict[str, Any], call: Call, look: Callable[[], dict[str, Any] | None] = lambda: None
) -> dict[str, Any]:
    """As `perform`, for what does no harm where it was done and never heard of: it is never `Unclear` for good.

    Then what `look` finds at the processor is the answer, or it is asked for under the key's next generation.
    """
    generation = 1
    while True:
        try:
            return perform(kind, key if generation == 1 else f"{key}:{generation}", params, call)
        except Unclear:
            if found := look():
                return found
        generation += 1


def fingerprint(params: dict[str, Any]) -> bytes:
    """Return the SHA-256 of parameters, whatever their order."""
    return hashlib.sha256(orjson.dumps(params, option=orjson.OPT_SORT_KEYS)).digest()


def reseal_answers() -> list[Resealed]:
    """Seal anew the answers kept for the open organisation, where a former key sealed them; in a transaction."""
    rows = PaymentOperation.objects.exclude(answer="").select_for_update()
    return [reseal_row(row, "answer", partial(reseal, context=_context(row))) for row in rows]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An operation that is being sent; `first` where the end of no attempt before this one is unknown."""

    operation: PaymentOperation
    first: bool


def _begin(kind: str, key: str, sha256: bytes) -> _Attempt:
    PaymentOperation.objects.get_or_create(key=key, defaults={"kind": kind, "params_sha256": sha256})
    operation: PaymentOperation = PaymentOperation.objects.select_for_update().get(key=key)
    if (operation.kind, bytes(operation.params_sha256)) != (kind, sha256):
        raise OtherRequest(f"{key} stands for another request of this organisation.")
    if operation.state == PaymentOperation.State.DONE:
        return _Attempt(operation, first=False)
    begun = operation.sent_at if operation.state == PaymentOperation.State.BEGUN else None
    if begun is not None and begun < timezone.now() - REMEMBERED:
        log.error("operation %s was sent at %s and its end is not known: somebody has to look", operation.id, begun)
        raise Unclear(f"{key} was sent at {begun:%Y-%m-%d %H:%M} UTC, and its end is not known.")
    operation.state, operation.error = PaymentOperation.State.BEGUN, ""
    operation.attempts, operation.sent_at = operation.attempts + 1, begun or timezone.now()
    operation.save(update_fields=["state", "error", "attempts", "sent_at"])
    return _Attempt(operation, first=begun is None)


def _fail(attempt: _Attempt, error: stripe.StripeError) -> None:
    """Note what the processor said. Only a clear no ends it: after a lost answer the thing may have been done."""
    operation: PaymentOperation = PaymentOperation.objects.select_for_update().get(id=attempt.operation.id)
    if operation.state == PaymentOperation.State.DONE:
        return  # somebody else's attempt under the same key had its answer meanwhile
    alone = attempt.first and operation.attempts == attempt.operation.attempts
    if error.http_status in CLEAR_NO or (error.http_status == TOO_MANY and alone):
        operation.state = PaymentOperation.State.REFUSED
    operation.error = f"{type(error).__name__} {error.code or ''}".strip()[:120]
    operation.save(update_fields=["state", "error"])


def _finish(operation_id: UUID, answer: dict[str, Any]) -> None:
    operation = PaymentOperation.objects.get(id=operation_id)
    operation.state, operation.finished_at = PaymentOperation.State.DONE, timezone.now()
    operation.stripe_id = str(answer.get("id") or "")
    operation.answer = seal(orjson.dumps(answer), _context(operation))
    operation.save(update_fields=["state", "finished_at", "stripe_id", "answer"])


def _answer(operation: PaymentOperation) -> dict[str, Any]:
    return orjson.loads(unseal(operation.answer, _context(operation)))  # type: ignore[no-any-return]  # JSON


def _context(operation: PaymentOperation) -> str:
    return f"processor_paymentoperation|answer|{operation.org_id}"


def _apart(work: Callable[[], T]) -> T:
    """Do `work` in a committed transaction beside the caller's: a thread has a connection of its own."""
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with transaction.atomic():
                done.append(work())
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=copy_context().run, args=[run], name="operation")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]
