"""What the clock brings: trial ends, renewals, retries, deadlines of disputes, in the order of their moments."""

from collections.abc import Callable

from billing.sandbox import disputing, events, invoicing, scheduling, standing, subscribing
from billing.sandbox.events import changing
from billing.sandbox.objects.template import Object
from billing.sandbox.state import State

#: A moment, which goes first among those of one moment, what is done and to what.
Due = tuple[int, int, Callable[[State, Object], None], Object]


def advance(state: State, seconds: int) -> int:
    """Move the clock forward and do what is due on the way, each at its own moment; return how much was done."""
    end, done = state.now() + seconds, 0
    while due := [each for each in _due(state) if each[0] <= end]:
        moment, _, act, kept = min(due, key=lambda each: each[:2])
        state.clock.reach(moment)
        act(state, kept)
        done += 1
    state.clock.reach(end)
    events.sweep(state)
    return done


def _due(state: State) -> list[Due]:
    found: list[Due] = [(moment, 0, disputing.fire, dispute) for moment, dispute in disputing.due(state)]
    for schedule in state.every("subscription_schedule", status="active"):
        found.append((schedule["current_phase"]["end_date"], 1, scheduling.fire, schedule))
    for subscription in state.every("subscription"):
        moment = subscribing.next_moment(state, subscription)
        if moment and subscription["status"] not in standing.ENDED:
            found.append((moment, 2, subscribing.fire, subscription))
    for invoice in state.every("invoice"):
        if moment := invoice["automatically_finalizes_at"] or invoice["next_payment_attempt"]:
            found.append((moment, 3, _bill, invoice))
    for session in state.every("checkout.session", status="open"):
        found.append((session["expires_at"], 4, expire_session, session))
    return found


def _bill(state: State, invoice: Object) -> None:
    """Finalise a draft whose hour is over, and collect; give a subscription up whose last try has failed."""
    if invoice["status"] == "draft":
        if not invoice["auto_advance"]:
            invoice["automatically_finalizes_at"] = None
            return
        invoicing.finalize(state, invoice)
    if invoice["status"] == "open":
        invoicing.collect(state, invoice)
    subscription = standing.subscription_of(state, invoice)
    gave_up = invoice["status"] == "open" and not invoice["auto_advance"]
    if gave_up and subscription and subscription["status"] not in standing.ENDED:
        standing.end(state, subscription, "payment_failed")


def expire_session(state: State, session: Object) -> None:
    """Close a Checkout session that nobody completed."""
    with changing(state, "checkout.session.expired", session):
        session |= {"status": "expired", "url": None}
