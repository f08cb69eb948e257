"""Which of our functions handle which of Stripe's events. Rooms register theirs when apps are loaded."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stripe.params import WebhookEndpointCreateParams


@dataclass(frozen=True, slots=True)
class StripeEvent:
    """What a handler gets. `object` is as Stripe says it is now, not as it was when the event happened: in which order
    events come therefore does not matter. Where Stripe no longer has it, it is the event's, with ``deleted: true``."""

    id: str
    type: str
    created: datetime
    org_id: UUID
    object: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Followed:
    """A kind of Stripe's objects that rows of ours follow, for the nightly look at the objects themselves.

    `service` is its name in the SDK; `is_so` tells whether the open organisation's row says what an object says, and
    `follow` has it say so. Looked at are the objects of the last days, or those that are `asked` for.
    """

    service: str
    is_so: Callable[[dict[str, Any]], bool]
    follow: Callable[[dict[str, Any]], object]
    asked: dict[str, Any] | None = None


Handler = Callable[[StripeEvent], None]
_NAMES = str(WebhookEndpointCreateParams.__annotations__["enabled_events"])
KNOWN = frozenset(re.findall(r"[\"']([a-z0-9_.]+)[\"']", _NAMES))
"""The names of all events that the pinned SDK knows."""
MIRRORED = (
    *(
        "customer.created",
        "customer.updated",
        "customer.deleted",
        "charge.succeeded",
        "charge.failed",
        "charge.updated",
    ),
    *("invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_failed", "invoice.updated"),
    *("invoice.voided", "invoice.marked_uncollectible", "product.created", "product.updated", "price.created"),
    *("price.updated", "payment_method.attached", "payment_method.updated", "payment_method.detached"),
    *("customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted"),
)
"""Events that we ask Stripe for because the mirror is to know of them, whether or not somebody handles them."""
_handlers: dict[str, list[Handler]] = defaultdict(list)
_last: set[Handler] = set()
_followed: dict[str, Followed] = {}


def handles(*types: str, last: bool = False) -> Callable[[Handler], Handler]:
    """Register a handler of events by their names.

    It runs in the transaction in which the event becomes processed, with its organisation open, after the mirror, and
    one at a time for each customer. It may run again for the same event, and must then change nothing. One that stops
    a tenant is registered as `last`: calls wait from there to the commit, and no other handler's request to Stripe may
    be what they wait for.
    """
    if unknown := set(types) - KNOWN:
        raise ValueError(f"Stripe has no events {', '.join(sorted(unknown))}.")

    def register(handler: Handler) -> Handler:
        if last:
            _last.add(handler)
        for each in types:
            if handler not in _handlers[each]:
                _handlers[each].append(handler)
        return handler

    return register


def follows(followed: Followed) -> None:
    """Register how rows of a kind are compared with Stripe's objects."""
    _followed[followed.service] = followed


def followed() -> list[Followed]:
    """Return every kind that rows follow."""
    return list(_followed.values())


def handlers_of(type_: str) -> list[Handler]:
    """Return the handlers of an event, in the order in which they were registered; then those that run last."""
    return sorted(_handlers.get(type_, []), key=lambda handler: handler in _last)


def handled() -> list[str]:
    """Return the names of all events that somebody handles."""
    return sorted(name for name, handlers in _handlers.items() if handlers)
