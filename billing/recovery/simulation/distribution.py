"""The distribution on which policies are compared: an assumption, stated in full; nothing of it was measured here.

The shares of reasons follow what a comparison site quotes of vendors (dunningcompare.com, "payment failure causes":
38 % no money, 24 % expired or cancelled, 17 % a bank's unexplained no, 21 % technical, limits and the rest); how that
splits further, and every recoverability below, is our own guess.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from billing.recovery.declines import Decline

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = 365 * 24
"""Hours over which first failures are spread."""
HORIZON = 31
"""Days after a failure for which a card's readiness is drawn; the policies end at 28."""
BACKUP, BACKUP_PAYS = 0.15, 0.85
"""Customers who have a second card stored; second cards that pay."""
ALONE = 0.06
"""Customers who notice by themselves, without a word from us, and pay within four weeks."""
DAY_OF_ACT = 3.0
"""Mean days until somebody acts who was told (exponential); who notices alone takes up to 28, evenly."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Reason:
    """A cause of failure: its `share`, what the bank says, whether the card ever pays again by itself (`ready`), after
    how many days on average, and which share of those who are told `act` (another card, a confirmation)."""

    decline: Decline
    share: float
    ready: float
    mean_days: float
    act: float


REASONS = (
    Reason(Decline("insufficient_funds", "try_again_later"), 0.38, 0.70, 0.0, 0.25),
    Reason(Decline("do_not_honor", "try_again_later"), 0.12, 0.35, 4.0, 0.30),
    Reason(Decline("generic_decline"), 0.05, 0.35, 4.0, 0.30),
    Reason(Decline("processing_error", "try_again_later"), 0.09, 0.80, 0.3, 0.30),
    Reason(Decline("issuer_not_available", "try_again_later"), 0.04, 0.90, 0.2, 0.30),
    Reason(Decline("card_velocity_exceeded", "try_again_later"), 0.05, 0.60, 5.0, 0.30),
    Reason(Decline("authentication_required"), 0.03, 0.0, 0.0, 0.55),
    Reason(Decline("expired_card", "confirm_card_data"), 0.14, 0.0, 0.0, 0.50),
    Reason(Decline("lost_card", "do_not_try_again"), 0.04, 0.0, 0.0, 0.45),
    Reason(Decline("invalid_account", "do_not_try_again"), 0.03, 0.0, 0.0, 0.40),
    Reason(Decline("transaction_not_allowed", "do_not_try_again"), 0.03, 0.0, 0.0, 0.30),
)
PAID_ON = ((0.30, "first"), (0.25, "last"), (0.20, "twice"), (0.25, "friday"))
"""How wages or takings come in: on the 1st, on a month's last day, on the 1st and 15th, on Fridays."""
ENOUGH, STAYS = 0.6, 5.0
"""Whether one payday brings enough, for those whom any does; mean days until it is spent again (exponential)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One payment that failed, with what would happen under any policy: the same for all of them."""

    at: datetime
    decline: Decline
    ready: tuple[Span, ...]
    backup_pays: bool | None
    acts_at: datetime | None
    notices_at: datetime | None

    def pays(self, moment: datetime) -> bool:
        """Tell whether the card pays at a moment."""
        return any(start <= moment < end for start, end in self.ready)


def draw(rng: Random) -> Failure:
    """Draw a failure."""
    reason = rng.choices(REASONS, [each.share for each in REASONS])[0]
    at = START + timedelta(hours=rng.uniform(0, YEAR))
    has_backup, pays = rng.random() < BACKUP, rng.random() < BACKUP_PAYS
    acts, after = rng.random() < reason.act, rng.expovariate(1 / DAY_OF_ACT)
    notices, when = rng.random() < ALONE, rng.uniform(0, 28)
    return Failure(
        at=at,
        decline=reason.decline,
        ready=_ready(rng, reason, at),
        backup_pays=pays if has_backup else None,
        acts_at=at + timedelta(days=after) if acts else None,
        notices_at=at + timedelta(days=when) if notices else None,
    )


def _ready(rng: Random, reason: Reason, at: datetime) -> tuple[Span, ...]:
    if rng.random() >= reason.ready:
        return ()
    if reason.decline.code == "insufficient_funds":
        return tuple(_flush(rng, at))
    return ((at + timedelta(days=rng.expovariate(1 / reason.mean_days)), at + timedelta(days=HORIZON)),)


def _flush(rng: Random, at: datetime) -> list[Span]:
    """Return when there is money: from six in the morning of paydays that bring enough, until it is spent."""
    rhythm = rng.choices([name for _, name in PAID_ON], [share for share, _ in PAID_ON])[0]
    days = [(at + timedelta(days=ahead)).replace(hour=6, minute=0) for ahead in range(1, HORIZON)]
    paid = [day for day in days if _is_payday(rhythm, day) and rng.random() < ENOUGH]
    return [(day, day + timedelta(days=rng.expovariate(1 / STAYS))) for day in paid]


def _is_payday(rhythm: str, day: datetime) -> bool:
    match rhythm:
        case "first":
            return day.day == 1
        case "last":
            return (day + timedelta(days=1)).day == 1
        case "twice":
            return day.day in {1, 15}
        case _:
            return day.weekday() == 4
