"""The policies that are compared; the decline-aware one is the product's own schedule, not a copy of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.recovery.declines import RETRYABLE, Treatment
from billing.recovery.schedule import WINDOW, Past, next_try
from billing.recovery.simulation.distribution import Failure

FIXED = (1, 3, 5, 7)
"""Days after the failure: a schedule that does not look at the reason."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is done: tries at `fixed` days or by the schedule (`aware`), a second card, mails with page and link."""

    name: str
    fixed: tuple[int, ...] = ()
    aware: bool = False
    backup: bool = False
    asks: bool = False


POLICIES = (
    Policy("none"),
    Policy("fixed, days 1 3 5 7", fixed=FIXED),
    Policy("decline-aware", aware=True),
    Policy("+ backup method", aware=True, backup=True),
    Policy("+ mails, portal, 3DS link", aware=True, backup=True, asks=True),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """When it was paid, if it was; how many tries that took, and how many of them could not have worked; the last."""

    paid_at: datetime | None
    tries: int = 0
    futile: int = 0
    last_try: datetime | None = None


def apply(policy: Policy, failure: Failure) -> Outcome:
    """Return what comes of a failure under a policy."""
    moments = [failure.notices_at, failure.acts_at if policy.asks else None]
    in_time = [moment for moment in moments if moment and moment <= failure.at + WINDOW]
    ends = min(in_time, default=failure.at + WINDOW)
    tried = _aware(failure, ends) if policy.aware else _fixed(policy, failure, ends)
    if tried.paid_at is None and policy.backup and failure.backup_pays is not None:
        tried = _backup(failure, tried)
    return tried if tried.paid_at else Outcome(min(in_time, default=None), tried.tries, tried.futile)


def _fixed(policy: Policy, failure: Failure, ends: datetime) -> Outcome:
    never = failure.decline.treatment not in RETRYABLE
    tries = 0
    for day in policy.fixed:
        moment = failure.at + timedelta(days=day)
        if moment > ends:
            break
        tries += 1
        if failure.pays(moment):
            return Outcome(moment, tries)
    return Outcome(None, tries, tries if never else 0)


def _aware(failure: Failure, ends: datetime) -> Outcome:
    tries = [failure.at]
    while (moment := next_try(failure.decline, Past(failure.at, tries), tries[-1])) and moment <= ends:
        tries.append(moment)
        if failure.pays(moment):
            return Outcome(moment, len(tries) - 1)
    never = failure.decline.treatment not in RETRYABLE
    return Outcome(None, len(tries) - 1, len(tries) - 1 if never else 0, tries[-1])


def _backup(failure: Failure, tried: Outcome) -> Outcome:
    """Try the second card once, when the first is not tried any more; a confirmation is asked for instead."""
    if failure.decline.treatment is Treatment.AUTHENTICATE:
        return tried
    return Outcome(tried.last_try if failure.backup_pays else None, tried.tries + 1, tried.futile)
