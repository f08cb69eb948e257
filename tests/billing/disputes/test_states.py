"""The two tables of a dispute's life, tried as tables: every state with every act and every status."""

import random

import pytest

from billing.disputes.states import ACTS, HEARD, OPEN, OVER, SENT, Act, NotFrom, State, Status, after, heard

INQUIRY = (Status.WARNING_NEEDS_RESPONSE, Status.WARNING_UNDER_REVIEW, Status.WARNING_CLOSED)
CHARGEBACK = (Status.NEEDS_RESPONSE, Status.UNDER_REVIEW, Status.WON, Status.LOST, Status.PREVENTED)
STAGES = [*OPEN, State.SUBMITTED, State.UNDER_REVIEW]


def test_every_state_is_open_sent_or_over() -> None:
    assert sorted([*OPEN, *SENT, *OVER]) == sorted(State)


def test_every_act_and_status_is_in_its_table() -> None:
    assert set(ACTS) == set(Act)
    assert set(HEARD) == set(Status)


def test_a_case_goes_the_whole_way() -> None:
    state = State.DETECTED
    for act in (Act.CONTAIN, Act.DRAFT, Act.BUILD, Act.APPROVE, Act.STAGE, Act.SUBMIT):
        state = after(state, act)
    assert state is State.SUBMITTED
    state = heard(state, Status.NEEDS_RESPONSE, Status.UNDER_REVIEW)
    assert heard(state, Status.UNDER_REVIEW, Status.WON) is State.WON


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("state", State)
def test_an_act_is_possible_where_the_table_says_and_nowhere_else(state: State, act: Act) -> None:
    possible, to = ACTS[act]
    if state in possible:
        assert after(state, act) is to
        return
    with pytest.raises(NotFrom) as refused:
        after(state, act)
    assert (refused.value.act, refused.value.state) == (act, state)


@pytest.mark.parametrize("state", OVER)
def test_nothing_is_done_to_what_is_over(state: State) -> None:
    assert [act for act, (possible, _) in ACTS.items() if state in possible] == []


@pytest.mark.parametrize("before", CHARGEBACK)
@pytest.mark.parametrize("status", [*INQUIRY, Status.NEEDS_RESPONSE])
@pytest.mark.parametrize("state", State)
def test_b05_an_older_fetch_of_a_chargeback_changes_nothing(state: State, before: Status, status: Status) -> None:
    assert heard(state, before, status) is state


@pytest.mark.parametrize("family", [INQUIRY, CHARGEBACK], ids=["inquiry", "chargeback"])
def test_b05_no_order_of_statuses_leads_backwards(family: tuple[Status, ...]) -> None:
    """But for a bank that changes its decision, or undoes a prevention: that is another end."""
    chance = random.Random(5)
    for _ in range(2_000):
        state, before = State(chance.choice(STAGES)), family[0]
        for status in chance.choices(family, k=8):
            moved = heard(state, before, status)
            assert _rank(moved) >= _rank(state)
            assert heard(moved, status, status) is moved, "said twice"
            state, before = moved, status


def _rank(state: State) -> int:
    return len(STAGES) if state in OVER else STAGES.index(state)


@pytest.mark.parametrize("state", [state for state in State if state not in {State.WON, State.LOST}])
def test_b05_won_and_lost_flip(state: State) -> None:
    won = heard(state, Status.NEEDS_RESPONSE, Status.WON)
    lost = heard(won, Status.WON, Status.LOST)
    assert (won, lost, heard(lost, Status.LOST, Status.WON)) == (State.WON, State.LOST, State.WON)


def test_every_state_can_be_reached() -> None:
    led_to = {to for _, to in ACTS.values()} | {to for ways in HEARD.values() for to in ways.values()}
    assert {*led_to, State.DETECTED} == set(State)
    done = {"CONTAIN", "DRAFT", "BUILD", "APPROVE", "STAGE", "SUBMIT", "ACCEPT"}
    assert {act.name for act in Act} == done, "each is somebody's to take"


def test_accepting_is_losing() -> None:
    assert heard(State.ACCEPTED, Status.NEEDS_RESPONSE, Status.LOST) is State.ACCEPTED


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("before", INQUIRY)
def test_an_inquiry_that_becomes_a_chargeback_begins_anew(state: State, before: Status) -> None:
    assert heard(state, before, Status.NEEDS_RESPONSE) is State.DETECTED


@pytest.mark.parametrize("state", [State.APPROVED, State.STAGED])
def test_building_or_drafting_again_undoes_an_approval(state: State) -> None:
    assert (after(state, Act.BUILD), after(state, Act.DRAFT)) == (State.PACK_BUILT, State.DRAFTING)
