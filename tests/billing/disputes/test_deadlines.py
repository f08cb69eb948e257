"""The ladder to a deadline: each rung is told once, nothing is submitted by itself, and what was missed says why."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from audit.models import AuditEvent
from audit.outbox import drain
from billing.disputes.deadlines import RUNGS, climb, rung
from billing.disputes.models import DisputeCase, FraudWarning
from billing.disputes.states import State
from billing.disputes.tasks import climb_ladder, sweep_deadlines
from tests.billing.disputes.conftest import Staff, Tenant

DUE = datetime(2026, 12, 10, 12, tzinfo=UTC)


def before(hours: float) -> datetime:
    return DUE - timedelta(hours=hours)


def desk_mails() -> list[str]:
    while drain():
        pass
    told = [str(message.subject) for message in mail.outbox]
    mail.outbox.clear()
    return told


@pytest.mark.parametrize(
    ("left", "reached"), [(73, None), (72, 72), (50, 72), (48, 48), (25, 48), (24, 24), (6, 6), (1, 6), (0, 0), (-9, 0)]
)
def test_of_several_rungs_only_the_lowest_is_told(left: float, reached: int | None) -> None:
    assert rung(DUE, before(left)) == reached


@pytest.fixture
def case(tenant: Tenant, fay: Staff) -> DisputeCase:
    made = tenant.hears(tenant.disputes())
    DisputeCase.objects.update(due_at=DUE)
    desk_mails()
    return made


def test_each_rung_is_told_once(case: DisputeCase) -> None:
    told = []
    for hours in (80, 72, 71, 48, 47.9, 24, 6, 5, 1):
        climb(before(hours))
        climb(before(hours))
        told.append(desk_mails())
    said = [[f"Dispute due in {hours} hours: Acme Rockets"] for hours in (72, 48, 24, 6)]
    assert told == [[], said[0], [], said[1], [], said[2], said[3], [], []]
    assert list(case.steps.filter(kind="deadline").values_list("detail__hours", flat=True)) == [72, 48, 24, 6]
    assert AuditEvent.objects.filter(event="disputes:case:deadline").count() == 4


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (State.CONTAINED, "Nobody began with the evidence."),
        (State.PACK_BUILT, "The pack was built and nobody approved it."),
        (State.STAGED, "The pack was staged and not submitted."),
    ],
)
def test_past_the_deadline_the_case_says_why_and_nothing_is_submitted(
    tenant: Tenant, case: DisputeCase, state: State, why: str
) -> None:
    DisputeCase.objects.update(state=state)
    assert climb(before(-1)) == 1
    assert climb(before(-2)) == 0
    case.refresh_from_db()
    assert (case.state, case.missed, case.told_hours) == (state, why, 0)
    assert desk_mails() == ["A dispute was not answered in time: Acme Rockets"]
    assert tenant.stripe.v1.disputes.retrieve(case.stripe_id).evidence_details.submission_count == 0


@pytest.mark.parametrize("state", [State.SUBMITTED, State.UNDER_REVIEW, State.WON, State.ACCEPTED])
def test_what_is_answered_or_over_has_no_deadline(case: DisputeCase, state: State) -> None:
    DisputeCase.objects.update(state=state)
    assert climb(before(1)) == 0
    assert desk_mails() == []


def test_a_deadline_that_the_bank_moves_is_climbed_anew(case: DisputeCase) -> None:
    climb(before(48))
    DisputeCase.objects.update(due_at=DUE + timedelta(days=9), told_hours=None)
    assert climb(before(48)) == 0
    assert climb(before(48) + timedelta(days=9)) == 1


def test_a_warning_that_waits_is_told_of(tenant: Tenant, fay: Staff) -> None:
    tenant.stripe.simulate("warning", charge=tenant.pays())
    tenant.stripe.deliver()
    FraudWarning.objects.update(act_by=DUE)
    desk_mails()
    for hours in (30, 24, 2, 0, -5):
        climb(before(hours))
    assert desk_mails() == [
        "Decide in 24 hours: Acme Rockets",
        "A fraud warning waits for longer than two days: Acme Rockets",
    ]


def test_the_sweep_finds_whose_deadlines_come_near(committed_tenant: Tenant) -> None:
    case = committed_tenant.hears(committed_tenant.disputes())
    quiet = sweep_deadlines()
    DisputeCase.objects.filter(id=case.id).update(due_at=datetime.now(UTC) + timedelta(hours=3))
    assert sweep_deadlines() == quiet + 1
    assert climb_ladder(str(case.org_id)) == 1
    assert case.steps.filter(kind="deadline").get().detail == {"hours": 6}
    assert set(RUNGS) >= {6}
