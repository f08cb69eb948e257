"""What owners and finance are told of a trial. Each mail leads to the plan page, and acts on nothing itself."""

from typing import Any

from accounts.notices import Notice, address_of, tell_treasurers
from billing.subscriptions.models import Refusal, SubscriptionState, Trial
from tenants.models import Organization


def tell_of_trial(trial: Trial) -> None:
    """Owe the mail that a trial is off, or that it was refused."""
    if trial.state == Trial.State.OFF:
        _tell(Notice.TRIAL_OFF, plan=trial.plan.name, because=Trial.Failure(trial.failure).label)
    elif trial.state == Trial.State.REFUSED:
        _tell(Notice.TRIAL_REFUSED, plan=trial.plan.name, because=Refusal(trial.refusal).label)


def tell_of_end_of_trial(row: SubscriptionState) -> None:
    """Owe the mail that a trial ends in three days, and what comes then."""
    if row.plan is not None and row.trial_end is not None:
        _tell(Notice.TRIAL_ENDING, plan=row.plan.name, ends=f"{row.trial_end:%d %B %Y, %H:%M} UTC", pays=row.verified)


def _tell(notice: Notice, **facts: Any) -> None:  # noqa: ANN401 (what the templates name)
    known = {"organization": Organization.objects.get().name, "plan_url": address_of("plan")}
    tell_treasurers(notice, known | facts)
