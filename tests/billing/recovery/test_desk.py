"""The desk's pages of failed payments: what they show, the measured rate, and what the staff may do there."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEvent
from billing.payments.models import InvoiceState
from billing.recovery.measured import measured
from billing.recovery.models import RecoveryAttempt, RecoveryCase
from billing.recovery.schedule import WINDOW
from tenants.scope import org_scope
from tests.committed import new_owner
from tests.people import Browser, Person, new_staff, passkey_of

State = RecoveryCase.State
DAY = timedelta(days=1)


def failed(
    code: str = "insufficient_funds",
    state: str = State.RETRYING,
    days: float = 1,
    **values: Any,  # noqa: ANN401 (columns)
) -> RecoveryCase:
    """Make a case of the open organisation whose payment failed some days ago."""
    now, name = timezone.now(), uuid.uuid4().hex[:12]
    moments = {"period_start": now, "period_end": now, "created_at": now, "finalized_at": now}
    amounts = {"total_cents": 4_900, "paid_cents": 0, "due_cents": 4_900, "currency": "usd", "attempt_count": 1}
    invoice = InvoiceState.objects.create(
        stripe_id=f"in_{name}", number=f"ACME-{name}", status="open", auto_advance=False, **moments, **amounts
    )
    at = now - days * DAY
    case: RecoveryCase = RecoveryCase.objects.create(
        invoice=invoice, state=state, decline_code=code, failed_at=at, ends_at=at + WINDOW, **values
    )
    case.attempts.create(number=1, kind="first", state="declined", decline_code=code, due_at=at, finished_at=at)
    return case


@pytest.fixture
def acme(committed: None) -> Iterator[Person]:
    owner = new_owner()
    with org_scope(owner.organization.id):
        yield owner


@pytest.fixture
def staff(committed: None) -> Browser:
    name = uuid.uuid4().hex[:8]
    return new_staff(f"fiona-{name}@tidegate.example", f"Fiona {name}").browser()


def at(name: str, case: RecoveryCase) -> str:
    return reverse(name, args=[case.org_id, case.id])


def test_every_tenants_failed_payments_are_listed_in_words(acme: Person, staff: Browser) -> None:
    mine = failed()
    other = new_owner()
    with org_scope(other.organization.id):
        theirs = failed("expired_card", State.ASKING)
    html = staff.get(reverse("desk_recovery")).content.decode()
    for case, words in ((mine, "There was not enough money on the card."), (theirs, "The card has expired.")):
        assert case.invoice.number in html
        assert words in html
    narrowed = staff.get(reverse("desk_recovery"), {"state": "asking"}).content.decode()
    assert theirs.invoice.number in narrowed
    assert mine.invoice.number not in narrowed


def test_the_claim_of_the_field_is_not_ours(acme: Person, staff: Browser) -> None:
    html = staff.get(reverse("desk_recovery")).content.decode()
    assert "not ours and not measured here" in html
    assert "(failures without the policy − failures with it) / failures without it" in html


def test_the_rate_is_of_payments_that_had_their_four_weeks(acme: Person) -> None:
    """Two of three came in in time; one came in too late, one is not owed, and the young ones do not count yet."""
    now = timezone.now()
    for days, closed in ((40, 38), (50, 23), (60, 20)):
        failed(state=State.RECOVERED, days=days, closed_at=now - closed * DAY)
    failed(state=State.GIVEN_UP, days=45, closed_at=now - 17 * DAY)
    failed(state=State.CLOSED, days=45, closed_at=now - 40 * DAY)
    failed(state=State.RECOVERED, days=2, closed_at=now)
    failed(days=3)
    failed(state=State.GIVEN_UP, days=300)
    found = measured(RecoveryCase.objects.all(), now)
    assert (found.rate.avoided, found.rate.failures) == (2, 4)
    assert (found.running.avoided, found.running.failures) == (1, 2)
    assert sum(number for _, number in found.by_day) == 3
    low, high = found.rate.interval
    assert low < 0.5 < high


def test_a_try_at_once_is_planned_and_stands_in_the_tenants_record(acme: Person, staff: Browser) -> None:
    case = failed()
    assert "Try now" in staff.get(at("desk_recovery_case", case)).content.decode()
    assert staff.post(at("desk_recovery_try", case)).status_code == 302
    ahead = case.attempts.get(state="planned")
    assert (ahead.number, ahead.kind, ahead.asked_by.startswith("Fiona")) == (2, "retry", True)
    assert ahead.due_at <= timezone.now()
    event = AuditEvent.objects.get(event="recovery:attempt:wanted")
    assert event.actor_label.startswith("Fiona")
    assert event.target == f"invoice/{case.invoice.stripe_id}"


@pytest.mark.parametrize("code", ["do_not_try_again", "lost_card", "expired_card", "authentication_required"])
def test_what_the_bank_refused_for_good_is_not_tried_by_hand_either(acme: Person, staff: Browser, code: str) -> None:
    case = failed(code, State.ASKING)
    assert "Try now" not in staff.get(at("desk_recovery_case", case)).content.decode()
    staff.post(at("desk_recovery_try", case))
    assert case.attempts.count() == 1
    assert not AuditEvent.objects.filter(event="recovery:attempt:wanted").exists()


def test_a_card_that_was_tried_fifteen_times_is_not_tried_by_hand(acme: Person, staff: Browser) -> None:
    case = failed(card_hash="c" * 64)
    done = {"state": "declined", "card_hash": "c" * 64, "due_at": timezone.now(), "finished_at": timezone.now()}
    for number in range(2, 17):
        case.attempts.create(number=number, kind="retry", **done)
    staff.post(at("desk_recovery_try", case))
    assert not case.attempts.filter(state="planned").exists()


def test_stopping_drops_what_was_planned_and_leaves_the_plan_on_until_the_end(acme: Person, staff: Browser) -> None:
    case = failed(wake_at=timezone.now())
    case.attempts.create(number=2, kind="retry", due_at=timezone.now() + DAY)
    staff.post(at("desk_recovery_stop", case))
    case.refresh_from_db()
    assert (case.state, case.wake_at) == (State.STOPPED, case.ends_at)
    assert case.attempts.get(number=2).state == RecoveryAttempt.State.DROPPED
    staff.post(at("desk_recovery_try", case))
    assert not case.attempts.filter(state="planned").exists()
    html = staff.get(at("desk_recovery_case", case)).content.decode()
    assert "Given up" in html


@pytest.mark.parametrize("name", ["desk_recovery_case", "desk_recovery_try", "desk_recovery_stop"])
def test_a_case_is_found_under_its_own_tenant_only(acme: Person, staff: Browser, name: str) -> None:
    case, other = failed(), new_owner()
    address = reverse(name, args=[other.organization.id, case.id])
    ask = staff.get if name == "desk_recovery_case" else staff.post
    assert ask(address).status_code == 404
    case.refresh_from_db()
    assert case.state == State.RETRYING


def test_an_owner_finds_no_desk(acme: Person) -> None:
    case = failed()
    assert acme.browser().post(at("desk_recovery_stop", case)).status_code == 404
    case.refresh_from_db()
    assert case.state == State.RETRYING


def test_acting_asks_for_a_fresh_passkey(acme: Person) -> None:
    name = uuid.uuid4().hex[:8]
    person = new_staff(f"old-{name}@tidegate.example", f"Olive {name}")
    client = person.browser()
    client.prove(person.user, passkey_of(person.user), ago=3_600)
    case = failed()
    client.post(at("desk_recovery_stop", case))
    case.refresh_from_db()
    assert case.state == State.RETRYING
