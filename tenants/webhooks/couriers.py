"""Taking deliveries out: claimed in one transaction, posted outside of any, noted in another.

Many threads do so at once, and no endpoint or tenant gets more than its share of them, so a slow receiver holds up
nobody but itself. A claim whose courier died is due again when its time is over: at least once, with one webhook-id.
"""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from audit.aside import Aside
from tenants import outgoing
from tenants.scope import NOBODY, open_scope, org_scope
from tenants.webhooks import signing
from tenants.webhooks.disabling import disable, fail_waiting
from tenants.webhooks.models import Delivery, Endpoint

SECONDS = 15.0
RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""Waits after the first attempts, as Standard Webhooks 1.0.0 proposes them; the tenth attempt is the last."""
JITTER = 0.1
COURIERS = 32
"""Attempts that one process has under way; they wait most of the time, and hold no connection to the database."""
EACH_ENDPOINT, EACH_TENANT = 2, 8
"""Attempts under way at once, in all processes together."""
LEASE = timedelta(seconds=90)
"""Longer than an attempt can take, finding the name in the DNS included."""
MOST_TRIES_KEPT = 20
MOST_TURNED_AWAY = 5
GONE = 410
DUE = """
WITH busy AS MATERIALIZED (SELECT * FROM tenants_webhooks_due WHERE held AND due_at > clock_timestamp()),
first_of_endpoint AS (
    SELECT id, org_id, due_at, row_number() OVER (PARTITION BY endpoint_id ORDER BY due_at, id)
        + (SELECT count(*) FROM busy WHERE busy.endpoint_id = d.endpoint_id) AS place
    FROM tenants_webhooks_due d WHERE due_at <= clock_timestamp()
), first_of_tenant AS (
    SELECT id, org_id, due_at, row_number() OVER (PARTITION BY org_id ORDER BY due_at, id)
        + (SELECT count(*) FROM busy WHERE busy.org_id = e.org_id) AS place
    FROM first_of_endpoint e WHERE place <= %s
)
SELECT id, org_id FROM first_of_tenant WHERE place <= %s ORDER BY place, due_at LIMIT %s
"""
_couriers = Aside("webhooks", COURIERS)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One attempt: what is posted where."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: the answer's status or why there is none, and how long it took in milliseconds."""

    status: int | None
    error: str
    ms: int

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def due() -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Return what may be taken out now, as ids of deliveries and organisations; no more than there are couriers."""
    with open_scope(NOBODY), connection.cursor() as cursor:
        cursor.execute(DUE, [EACH_ENDPOINT, EACH_TENANT, COURIERS])
        found: list[tuple[uuid.UUID, uuid.UUID]] = cursor.fetchall()
    return found


def send_out() -> int:
    """Have what is due taken out by couriers that nobody waits for; returns for how many there was one."""
    return sum(_couriers.ask(partial(deliver, delivery_id, org_id)) for delivery_id, org_id in due())


def deliver(delivery_id: uuid.UUID, org_id: uuid.UUID) -> None:
    """Take one delivery out, unless somebody else does. While the receiver is waited for, no connection is held."""
    try:
        with org_scope(org_id):
            parcel = claim(delivery_id)
            connection.close()
            if parcel is not None:
                _insist(partial(note, delivery_id, post(parcel)))
    finally:
        connection.close()


def _insist(work: Callable[[], None]) -> None:
    """Do what must not be lost: Celery closes the pool after each task of a worker, also under who asks it for one."""
    for _ in range(MOST_TURNED_AWAY):
        try:
            return work()
        except OperationalError:
            connection.close()
    return work()


@transaction.atomic
def claim(delivery_id: uuid.UUID) -> Parcel | None:
    """Return an attempt at a delivery of the open organisation that is due; nobody else gets one until it is over."""
    rows = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).select_related("endpoint", "message")
    now = timezone.now()
    row: Delivery | None = rows.filter(id=delivery_id, state=Delivery.State.WAITING, due_at__lte=now).first()
    if row is None:
        return None
    if row.endpoint.closed_at or row.endpoint.disabled_at:  # it was owed while the endpoint ended
        fail_waiting(row.endpoint)
        return None
    row.attempts, row.held, row.due_at = row.attempts + 1, True, now + LEASE
    row.save(update_fields=["attempts", "held", "due_at"])
    headers = signing.headers(row.endpoint, row.message)
    return Parcel(row.endpoint.url, row.message.body.encode(), headers)


def post(parcel: Parcel) -> Outcome:
    """Post it, whatever comes of it."""
    began = time.monotonic()
    status, error = None, ""
    try:
        status = outgoing.post_json(parcel.url, parcel.body, parcel.headers, SECONDS)
    except outgoing.Refused as refused:
        error = str(refused)
    if status is not None and 300 <= status < 400:
        error = "A redirect is not followed."
    return Outcome(status, error, round((time.monotonic() - began) * 1000))


@transaction.atomic
def note(delivery_id: uuid.UUID, outcome: Outcome) -> None:
    """Write down what came of an attempt, and when the next one is due. Who locks both locks the endpoint first."""
    endpoint: Endpoint = Endpoint.objects.select_for_update(no_key=True, of=("self",)).get(deliveries=delivery_id)
    row: Delivery = Delivery.objects.select_for_update().get(id=delivery_id)
    now = timezone.now()
    one = {"at": now.isoformat(), "status": outcome.status, "ms": outcome.ms, "error": outcome.error}
    row.tries = [*row.tries, one][-MOST_TRIES_KEPT:]
    row.held = False
    if outcome.accepted:
        row.state, row.finished_at = Delivery.State.DELIVERED, now
    elif row.state == Delivery.State.WAITING:
        _postpone(row, outcome)
    row.save(update_fields=["tries", "held", "state", "finished_at", "due_at"])
    if row.state == Delivery.State.FAILED:
        _give_up(row, endpoint, outcome)


def _postpone(row: Delivery, outcome: Outcome) -> None:
    now = timezone.now()
    if outcome.status == GONE or row.attempts > len(RETRIES):
        row.state, row.finished_at = Delivery.State.FAILED, now
    else:
        row.due_at = now + RETRIES[row.attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 (no secret)


def _give_up(row: Delivery, endpoint: Endpoint, outcome: Outcome) -> None:
    """Disable an endpoint that is gone, or that accepted nothing for as long as a delivery was tried."""
    accepted = Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.DELIVERED)
    if outcome.status == GONE:
        disable(endpoint, Endpoint.Cause.GONE)
    elif row.attempts > len(RETRIES) and not accepted.filter(finished_at__gte=row.created_at).exists():
        disable(endpoint, Endpoint.Cause.SILENT)
