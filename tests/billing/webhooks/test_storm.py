"""2,000 deliveries in the suite, as `make bench ARGS=storm` has 20,000: duplicated, shuffled, forged, and kills."""

import pytest

from audit.models import AuditEvent
from audit.record import record_event
from benchmarks.webhook_outcome import count
from benchmarks.webhook_storm import MARK, Ridden, Storm, run
from billing.payments.models import ChargeState
from billing.processor.accounts import STRIPE
from tenants.scope import org_scope
from tests.billing.peer import Peer
from tests.server import databases

DELIVERIES = 2_000


def spoil(ridden: Ridden) -> None:
    """Lose an event, double an effect, and change a row that follows from Stripe's object."""
    ridden.events.append({**ridden.events[0], "id": "evt_that_never_came"})
    with org_scope(ridden.shop.customers[0].org_id):
        record_event(MARK, STRIPE, AuditEvent.objects.filter(event=MARK.value)[0].target)
        charge = ChargeState.objects.all()[0]
        ChargeState.objects.filter(id=charge.id).update(amount_cents=charge.amount_cents + 1)


def test_w05_a_storm_loses_nothing_doubles_nothing_and_keeps_nothing_forged(
    stripe: Peer, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count is then shown to see what it looks for."""
    for name, value in (databases() | {"STRIPE_API_HOST": stripe.sandbox.url}).items():
        monkeypatch.setenv(name, value)
    storm = Storm(DELIVERIES, kills=6, web_kills=1)
    ridden = run(stripe.sandbox, storm)
    outcome = count(ridden)
    assert len(ridden.answers) >= DELIVERIES
    assert (ridden.killed, ridden.web_killed) == (storm.kills, storm.web_kills)
    assert (outcome.lost, outcome.doubled, outcome.forged_stored, outcome.wrongly_answered) == (0, 0, 0, 0)
    assert outcome.refused + outcome.quarantined == storm.forged
    assert outcome.differing == []
    spoil(ridden)
    spoiled = count(ridden)
    assert (spoiled.lost, spoiled.doubled, len(spoiled.differing)) == (1, 1, 1)
