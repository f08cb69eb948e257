"""A case follows what Stripe says of its dispute, and what we do about it. Each is one transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.record import Actor
from billing.disputes.containing import contain
from billing.disputes.ending import close
from billing.disputes.facts import facts_of, moment
from billing.disputes.fraud_warnings import became_dispute
from billing.disputes.models import DisputeCase, Proposal
from billing.disputes.states import OVER, Act, State, Status, after, heard
from billing.disputes.timeline import STRIPE, note


class TooLate(Exception):
    """The dispute can no longer be answered."""


@transaction.atomic
def hear(dispute: dict[str, Any], at: datetime, event: str) -> DisputeCase:
    """Have the open organisation's case follow `dispute`, as an event of that time brought it.

    An event older than what is known, or told before, changes nothing. The object was fetched after the event happened,
    so whatever it says too early is said by the event of its own.
    """
    facts = facts_of(dispute)
    times = {"opened_at": moment(dispute["created"]), "heard_at": at}
    _, new = DisputeCase.objects.get_or_create(stripe_id=dispute["id"], defaults={**facts, **times})
    case = locked(dispute["id"])
    if new:
        _begin(case)
    elif at >= case.heard_at:
        _follow(case, facts, at, event)
    return case


@transaction.atomic
def do(case: DisputeCase, act: Act, actor: Actor, text: str, **detail: Any) -> DisputeCase:  # noqa: ANN401 (JSON)
    """Take a case through an act of ours and write it down; raises `NotFrom`, and `TooLate` past the deadline."""
    found = locked(case.stripe_id)
    after(State(found.state), act)
    if act in (Act.STAGE, Act.SUBMIT) and found.due_at is not None and found.due_at <= timezone.now():
        raise TooLate(f"{found.stripe_id} had to be answered by {found.due_at:%Y-%m-%d %H:%M} UTC.")
    return did(found, act, actor, text, **detail)


@transaction.atomic
def did(case: DisputeCase, act: Act, actor: Actor, text: str, **detail: Any) -> DisputeCase:  # noqa: ANN401 (JSON)
    """Write down an act that is done at Stripe already, whatever the time is now; raises `NotFrom`."""
    found = locked(case.stripe_id)
    if act is Act.SUBMIT:
        found.missed = ""  # the deadline may have been told of between the answer and this
    _move(found, after(State(found.state), act), actor, act.value, text, **detail)
    return found


def locked(stripe_id: str) -> DisputeCase:
    """Return a case of the open organisation, locked; raises `DisputeCase.DoesNotExist`."""
    case: DisputeCase = DisputeCase.objects.select_for_update().get(stripe_id=stripe_id)
    return case


def _begin(case: DisputeCase) -> None:
    """Write down a new case. It may have gone on, or be over, by the time that we hear of it."""
    note(case, "opened", f"{case.get_case_type_display()}: {case.reason.replace('_', ' ')}.", actor=STRIPE)
    became_dispute(case.charge_id)
    state = heard(State.DETECTED, Status(case.status), Status(case.status))
    if state not in OVER or state is State.LOST:
        contain(case)
    if state is not State.DETECTED:
        _move(case, state, STRIPE, "heard", f"Stripe says {case.status.replace('_', ' ')}.")
    case.save()


def _follow(case: DisputeCase, facts: dict[str, Any], at: datetime, event: str) -> None:
    before, said = State(case.state), Status(case.status)
    state = _chosen(case, heard(before, said, Status(facts["status"])))
    for name, value in facts.items():
        setattr(case, name, value)
    case.heard_at = at
    if state is State.DETECTED and before is not State.DETECTED:
        _begin_anew(case, before)
    elif state is not before:
        _move(case, state, STRIPE, "heard", f"Stripe says {case.status.replace('_', ' ')}.", event=event)
    case.save()


def _chosen(case: DisputeCase, state: State) -> State:
    """Return ACCEPTED for a case that is lost because two people accepted it, which we may hear before we note it."""
    under_way = case.proposals.filter(kind=Proposal.Kind.ACCEPT, outcome=Proposal.Outcome.APPROVED, done_at=None)
    return State.ACCEPTED if state is State.LOST and under_way.exists() else state


def _begin_anew(case: DisputeCase, before: State) -> None:
    case.state, case.closed_at, case.told_hours, case.missed = State.DETECTED, None, None, ""
    note(case, "escalated", "The inquiry became a chargeback.", actor=STRIPE, before=before)
    contain(case)


def _move(case: DisputeCase, state: State, actor: Actor, kind: str, text: str, **detail: Any) -> None:  # noqa: ANN401 (JSON)
    before, case.state = State(case.state), state
    case.closed_at = timezone.now() if state in OVER else None
    note(case, kind, text, actor=actor, before=before, **detail)
    if state in OVER:
        close(case, actor)
    case.save()
