"""Every policy on the same failures."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from billing.recovery.measure import Rate
from billing.recovery.schedule import WINDOW
from billing.recovery.simulation.distribution import Failure, draw
from billing.recovery.simulation.policies import POLICIES, Outcome, Policy, apply

DAYS = WINDOW.days


@dataclass(frozen=True, slots=True)
class Result:
    """What a policy did: the rate, tries and futile tries for each failure, and the rate by the day (0 to 28)."""

    policy: Policy
    rate: Rate
    tries: float
    futile: float
    by_day: tuple[float, ...]


def compare(seed: int, n: int) -> list[Result]:
    """Draw `n` failures and apply each policy to all of them."""
    rng = Random(seed)  # noqa: S311 (a simulation repeats; nothing secret hangs on it)
    failures = [draw(rng) for _ in range(n)]
    alone = [apply(POLICIES[0], failure) for failure in failures]
    return [_result(policy, failures, alone) for policy in POLICIES]


def _result(policy: Policy, failures: Sequence[Failure], alone: Sequence[Outcome]) -> Result:
    """Compare with what happens without any policy: whoever pays then by themselves is no failure to avoid."""
    outcomes = [apply(policy, failure) for failure in failures]
    lost = [
        (failure, outcome)
        for failure, outcome, without in zip(failures, outcomes, alone, strict=True)
        if without.paid_at is None
    ]
    delays = [(outcome.paid_at - failure.at).days for failure, outcome in lost if outcome.paid_at is not None]
    return Result(
        policy=policy,
        rate=Rate(len(delays), len(lost)),
        tries=sum(outcome.tries for outcome in outcomes) / len(outcomes),
        futile=sum(outcome.futile for outcome in outcomes) / len(outcomes),
        by_day=tuple(sum(delay <= day for delay in delays) / max(1, len(lost)) for day in range(DAYS + 1)),
    )
