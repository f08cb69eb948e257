"""When a declined payment is tried again, if it is: pure, of the decline, what was tried and the time.

The days are ours; they lie within what the networks allow. Stripe's own recommendation is 8 tries in two weeks
(docs.stripe.com/billing/revenue-recovery/smart-retries); Recurly saw most recoveries between day 2 and day 12.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from billing.recovery.declines import RETRYABLE, Decline, Treatment

WINDOW = timedelta(days=28)
"""From the first failure on; a payment that is not in by then is given up."""
MOST_TRIES = 8
"""Of one invoice by one card, the first one included."""
CARD_CAP, CARD_WINDOW = 15, timedelta(days=30)
"""Tries of one card, whatever the invoice: Visa's limit until 2025 (20 since), below Mastercard's 35
(support.checkout.com, article 25482040901394)."""
HOUR = time(14)
"""UTC: working hours in Europe and in the Americas, after the night in which wages are booked."""
APART = timedelta(days=2)
"""Between two tries that wait for money."""
_DAY = timedelta(days=1)

GAPS: dict[Treatment, tuple[timedelta, ...]] = {
    Treatment.TECHNICAL: (timedelta(hours=2), timedelta(hours=8), _DAY, 3 * _DAY, 7 * _DAY),
    Treatment.BANK: (_DAY, 2 * _DAY, 4 * _DAY, 5 * _DAY, 7 * _DAY, 7 * _DAY),
    Treatment.LIMIT: (_DAY, 3 * _DAY, 7 * _DAY, 7 * _DAY, 7 * _DAY),
}
"""What lies between a try and the next; those that wait for money go by the calendar instead."""
SATURDAY, FRIDAY = 5, 4


@dataclass(frozen=True, slots=True)
class Past:
    """What was tried: since when the payment fails, each try of this invoice by this card, and of the card anywhere."""

    failed_at: datetime
    tries: Sequence[datetime]
    card_tries: Sequence[datetime] = ()


def next_try(decline: Decline, past: Past, now: datetime) -> datetime | None:
    """Return when to try the same card again; nothing where that is useless, forbidden, or too late."""
    if decline.treatment not in RETRYABLE or len(past.tries) >= MOST_TRIES:
        return None
    at = _wanted(decline, past, now)
    if at is None:
        return None
    at = max(at, _allowed_from(past), (past.tries[-1] if past.tries else now) + decline.wait)
    return at if at <= past.failed_at + WINDOW else None


def _wanted(decline: Decline, past: Past, now: datetime) -> datetime | None:
    if decline.treatment is Treatment.FUNDS:
        earliest = max(now, (past.tries[-1] if past.tries else now) + APART)
        return next(day for day in _paydays(earliest) if day >= earliest)
    gaps = GAPS[decline.treatment]
    if len(past.tries) > len(gaps):
        return None
    at = max(now, (past.tries[-1] if past.tries else now) + gaps[max(0, len(past.tries) - 1)])
    return at if decline.treatment is Treatment.TECHNICAL else _good_moment(at)


def _good_moment(at: datetime) -> datetime:
    """Return the first good hour of a working day from `at` on."""
    day = at.replace(hour=HOUR.hour, minute=0, second=0, microsecond=0)
    if day < at:
        day += _DAY
    while day.weekday() >= SATURDAY:
        day += _DAY
    return day


def _paydays(earliest: datetime) -> Iterator[datetime]:
    """Yield the good hour of each day on which wages are often paid: Fridays, the 1st, the 15th, a month's last."""
    day = earliest.replace(hour=HOUR.hour, minute=0, second=0, microsecond=0)
    while True:
        if day.weekday() == FRIDAY or day.day in {1, 15} or day.day == _last_working_day(day):
            yield day
        day += _DAY


def _last_working_day(day: datetime) -> int:
    last = monthrange(day.year, day.month)[1]
    weekday = day.replace(day=last).weekday()
    return last - max(0, weekday - FRIDAY)


def _allowed_from(past: Past) -> datetime:
    """Return when the card may be tried again: once fewer than the cap lie within the window before."""
    tries = sorted(past.card_tries)
    return past.failed_at if len(tries) < CARD_CAP else tries[-CARD_CAP] + CARD_WINDOW + timedelta(seconds=1)
