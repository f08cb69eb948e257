"""Events: what happened, with the object as it was then. Each goes to the webhooks."""

from collections.abc import Iterator
from contextlib import contextmanager

from billing.sandbox.clock import DAY
from billing.sandbox.objects.hosted import EVENT
from billing.sandbox.objects.template import Object
from billing.sandbox.rendering import shown
from billing.sandbox.state import State

#: How long Stripe's events list reaches back.
KEPT = 30 * DAY


def emit(state: State, kind: str, kept: Object, previous: Object | None = None) -> Object:
    """Keep and publish an event about an object; `previous` are the values that changed, as they were before."""
    data: Object = {"object": shown(state, kept)}
    if previous is not None:
        data["previous_attributes"] = previous
    event = state.make(EVENT, type=kind, data=data, request=dict(state.request))
    state.publish(event)
    return event


@contextmanager
def changing(state: State, kind: str, kept: Object) -> Iterator[None]:
    """Emit `kind` after the block when it changed the object, with what was there before."""
    before = shown(state, kept)
    yield
    state.revision += 1
    after = shown(state, kept)
    previous = {name: value for name, value in before.items() if after.get(name) != value}
    if previous:
        emit(state, kind, kept, previous)


def sweep(state: State) -> None:
    """Forget the events that Stripe's list would no longer show."""
    for event in state.every("event"):
        if event["created"] >= state.now() - KEPT:
            return
        state.forget(event)
