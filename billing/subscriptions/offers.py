"""What a page offered, signed: the browser brings back which offer it takes, and nothing else of it counts.

No amount, price, currency or quantity ever comes from a browser.
"""

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError

from billing.catalogue.models import Interval, PlanVersion
from billing.catalogue.plans import plan
from tenants.scope import current_org_id

LIFE = 15 * 60
"""Seconds that an offer stands."""
_SALT = "billing.subscriptions.offers"


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan for an interval as it was offered to the open organisation.

    `revision` is that of the subscription it would change (0 without one), `since` the second from which is prorated.
    """

    plan: PlanVersion
    interval: Interval
    trial: bool = False
    revision: int = 0
    since: int = 0

    def sealed(self) -> str:
        """Return the offer for a form."""
        said = [str(current_org_id()), self.plan.lookup_key(self.interval), self.trial, self.revision, self.since]
        return signing.dumps(said, salt=_SALT)


def taken(text: str, code: str, interval: str) -> Offer:
    """Return the offer of this plan and interval that a form brings back; raises `ValidationError`."""
    try:
        said: list[Any] = signing.loads(text, salt=_SALT, max_age=LIFE)
    except signing.BadSignature as error:
        raise ValidationError("This offer has run out. Please look at it again.") from error
    org_id, key, trial, revision, since = said
    newest = plan(code)
    if (org_id, key) != (str(current_org_id()), newest.lookup_key(Interval(interval))):
        raise ValidationError("This is not what was offered. Please look at it again.")
    return Offer(newest, Interval(interval), trial, revision, since)
