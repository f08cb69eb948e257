"""Whether Stripe's events, duplicated, shuffled, with forged ones and kills, are lost, doubled or forged (20,000).

The environment variables `DELIVERIES`, `WORKERS`, `KILLS` (of workers) and `WEB_KILLS` change the numbers.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from benchmarks import site
from benchmarks.webhook_outcome import count
from benchmarks.webhook_storm import Storm, run
from billing.sandbox.clock import standing
from billing.sandbox.server import Sandbox
from billing.vault import compat


def main() -> None:
    """Print what was delivered and killed, and what of it is lost, doubled or forged."""
    site.migrated()
    names = {"DELIVERIES": 20_000, "WORKERS": 2, "KILLS": 20, "WEB_KILLS": 3}
    deliveries, workers, kills, web_kills = (int(os.environ.get(name, usual)) for name, usual in names.items())
    with _sandbox() as sandbox:
        since = time.perf_counter()
        ridden = run(sandbox, Storm(deliveries, workers=workers, kills=kills, web_kills=web_kills))
        took = time.perf_counter() - since
        outcome = count(ridden)
    print(f"  {len(ridden.answers):,} deliveries of {len(ridden.events):,} events in {took:.0f} s, ", end="")
    print(f"by {ridden.killed} kills of workers and {ridden.web_killed} of web; {outcome.tried_again} tried again")
    print(f"  lost {outcome.lost}   doubled {outcome.doubled}   forged stored {outcome.forged_stored}", end="")
    print(f"   of {outcome.effects:,} effects; wrong answers {outcome.wrongly_answered}")
    print(f"  forged: {outcome.refused:,} refused, {outcome.quarantined:,} signed and kept in quarantine")
    print(f"  rows that a fresh look at Stripe changes: {len(outcome.differing)}", *outcome.differing[:10])


@contextmanager
def _sandbox() -> Iterator[Sandbox]:
    """Run the simulated Stripe, and point this process and its children at it."""
    sandbox = Sandbox(settings.STRIPE_SECRET_KEY, seed=secrets.token_hex(8), clock=standing(int(time.time())))
    sandbox.start()
    os.environ["STRIPE_API_HOST"] = settings.STRIPE_SANDBOX_URL = settings.STRIPE_API_HOST = sandbox.url
    compat.point_at(sandbox.url)
    yield sandbox
    sandbox.stop()
