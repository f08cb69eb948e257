"""2,000 deliveries in the suite, as `make bench ARGS=storm` has 20,000: duplicated, shuffled, forged, and kills."""

import pytest

from benchmarks.webhook_outcome import count
from benchmarks.webhook_storm import Storm, run
from tests.billing.peer import Peer
from tests.server import databases

DELIVERIES = 2_000


def test_w05_a_storm_loses_nothing_doubles_nothing_and_keeps_nothing_forged(
    stripe: Peer, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
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
