"""The life of a dispute, as two tables: what we do to a case, and what Stripe says of it. Pure: no row is touched here.

Statuses come in any order and any number of times. What is said again, or was true before what is known, changes
nothing; the only ways back are a bank that changes its decision and an inquiry that becomes a chargeback.
"""

from collections.abc import Iterable
from enum import StrEnum

from django.db import models


class State(models.TextChoices):
    DETECTED = "detected", "Detected"
    CONTAINED = "contained", "Contained"
    DRAFTING = "drafting", "Drafting"
    PACK_BUILT = "pack_built", "Pack built"
    APPROVED = "approved", "Approved"
    STAGED = "staged", "Staged"
    SUBMITTED = "submitted", "Submitted"
    UNDER_REVIEW = "under_review", "Under review"
    WON = "won", "Won"
    LOST = "lost", "Lost"
    WARNING_CLOSED = "warning_closed", "Inquiry closed"
    PREVENTED = "prevented", "Prevented"
    ACCEPTED = "accepted", "Accepted"


class Status(StrEnum):
    """What Stripe calls it (`Dispute.status` of stripe 15.6.2)."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"


class CaseType(models.TextChoices):
    """What Stripe calls it (`payment_method_details.card.case_type`)."""

    CHARGEBACK = "chargeback", "Chargeback"
    INQUIRY = "inquiry", "Inquiry"
    COMPLIANCE = "compliance", "Compliance"
    BLOCK = "block", "Block"
    RESOLUTION = "resolution", "Resolution"


class Act(StrEnum):
    """What we do to a case."""

    CONTAIN = "contain"
    DRAFT = "draft"
    BUILD = "build"
    APPROVE = "approve"
    STAGE = "stage"
    SUBMIT = "submit"
    ACCEPT = "accept"


OPEN = (State.DETECTED, State.CONTAINED, State.DRAFTING, State.PACK_BUILT, State.APPROVED, State.STAGED)
"""Not answered yet: the deadline counts."""
SENT = (State.SUBMITTED, State.UNDER_REVIEW)
OVER = (State.WON, State.LOST, State.WARNING_CLOSED, State.PREVENTED, State.ACCEPTED)
FREEZES = (CaseType.CHARGEBACK, CaseType.COMPLIANCE, CaseType.BLOCK, CaseType.RESOLUTION)
"""The cases in which money was taken back; an inquiry only asks."""

ACTS: dict[Act, tuple[tuple[State, ...], State]] = {
    Act.CONTAIN: ((State.DETECTED,), State.CONTAINED),
    Act.DRAFT: ((State.CONTAINED, State.PACK_BUILT, State.APPROVED, State.STAGED), State.DRAFTING),
    Act.BUILD: ((State.DRAFTING, State.PACK_BUILT, State.APPROVED, State.STAGED), State.PACK_BUILT),
    Act.APPROVE: ((State.PACK_BUILT,), State.APPROVED),
    Act.STAGE: ((State.APPROVED,), State.STAGED),
    Act.SUBMIT: ((State.STAGED,), State.SUBMITTED),
    Act.ACCEPT: (OPEN, State.ACCEPTED),
}
"""From which states an act is possible, and where it leads. Drafting or building again undoes an approval."""


def _all(states: Iterable[State], to: State) -> dict[State, State]:
    return dict.fromkeys(states, to)


HEARD: dict[Status, dict[State, State]] = {
    Status.WARNING_NEEDS_RESPONSE: {},
    Status.NEEDS_RESPONSE: {},
    Status.WARNING_UNDER_REVIEW: _all((*OPEN, State.SUBMITTED), State.UNDER_REVIEW),
    Status.UNDER_REVIEW: _all((*OPEN, State.SUBMITTED), State.UNDER_REVIEW),
    Status.WARNING_CLOSED: _all((*OPEN, *SENT), State.WARNING_CLOSED),
    Status.PREVENTED: _all((*OPEN, *SENT, State.WARNING_CLOSED), State.PREVENTED),
    Status.WON: _all(State, State.WON),
    Status.LOST: _all((state for state in State if state is not State.ACCEPTED), State.LOST),
}
"""Where a status leads from each state; from one that is not named it changes nothing. Accepting is losing."""


class NotFrom(Exception):
    """The act is not possible in the state that the case is in."""

    def __init__(self, act: Act, state: State) -> None:
        super().__init__(f"A dispute that is {state.label.lower()} cannot be taken through “{act.value}”.")
        self.act = act
        self.state = state


def after(state: State, act: Act) -> State:
    """Return where `act` leads; raises `NotFrom`."""
    possible, to = ACTS[act]
    if state not in possible:
        raise NotFrom(act, state)
    return to


def heard(state: State, before: Status, status: Status) -> State:
    """Return the state of a case of which Stripe said `before`, once it says `status`."""
    if escalated(before, status):
        return State.DETECTED
    if is_inquiry(status) and not is_inquiry(before):
        return state  # from before it became a chargeback
    return HEARD[status].get(state, state)


def escalated(before: Status, status: Status) -> bool:
    """Tell whether an inquiry became a chargeback: it begins anew, whatever was answered."""
    return is_inquiry(before) and status is Status.NEEDS_RESPONSE


def is_inquiry(status: Status) -> bool:
    """Tell whether a status is one of an inquiry."""
    return status.startswith("warning_")
