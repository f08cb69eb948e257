"""When a declined payment is tried again."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.recovery.declines import RETRYABLE, Decline, known_codes
from billing.recovery.schedule import CARD_CAP, CARD_WINDOW, MOST_TRIES, WINDOW, Past, next_try

FAILED = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
"""A Tuesday."""
DAY = timedelta(days=1)


def tries(decline: Decline, failed_at: datetime = FAILED) -> list[datetime]:
    """Return every try after the first, where each is declined the same way."""
    made = [failed_at]
    while at := next_try(decline, Past(failed_at, made), made[-1]):
        made.append(at)
    return made[1:]


def days(decline: Decline) -> list[str]:
    return [f"{at:%a %d %H}" for at in tries(decline)]


def test_money_is_waited_for_until_paydays() -> None:
    assert days(Decline("insufficient_funds", "try_again_later")) == [
        "Fri 04 14",
        "Fri 11 14",
        "Tue 15 14",
        "Fri 18 14",
        "Fri 25 14",
    ]


def test_a_bank_that_gave_no_reason_is_asked_on_working_days() -> None:
    assert days(Decline("do_not_honor")) == [
        "Wed 02 14",
        "Fri 04 14",
        "Tue 08 14",
        "Mon 14 14",
        "Mon 21 14",
        "Mon 28 14",
    ]


def test_a_disturbance_is_tried_again_within_hours() -> None:
    assert [at - FAILED for at in tries(Decline("processing_error"))][:2] == [timedelta(hours=2), timedelta(hours=10)]


@pytest.mark.parametrize(
    "code", sorted(code for code, treatment in known_codes().items() if treatment not in RETRYABLE)
)
def test_what_cannot_work_is_never_tried(code: str) -> None:
    assert tries(Decline(code)) == []


def test_the_network_says_how_long_to_wait() -> None:
    assert tries(Decline("do_not_honor", network_advice="29"))[0] >= FAILED + 8 * DAY


def test_nothing_is_tried_after_four_weeks() -> None:
    late = Past(FAILED, [FAILED, FAILED + 27 * DAY])
    assert next_try(Decline("insufficient_funds"), late, FAILED + 27 * DAY) is None


def test_a_card_that_was_tried_often_waits_until_its_thirty_days_are_over() -> None:
    elsewhere = [FAILED - 12 * DAY + timedelta(minutes=number) for number in range(CARD_CAP)]
    at = next_try(Decline("processing_error"), Past(FAILED, [FAILED], elsewhere), FAILED)
    assert at is not None
    assert at > elsewhere[0] + CARD_WINDOW
    fewer = Past(FAILED, [FAILED], elsewhere[1:])
    assert next_try(Decline("processing_error"), fewer, FAILED) == FAILED + timedelta(hours=2)


DECLINES = st.builds(
    Decline,
    code=st.sampled_from([*known_codes(), "unknown", ""]),
    advice=st.sampled_from(["", "try_again_later", "do_not_try_again", "confirm_card_data", "something_new"]),
    network_advice=st.sampled_from(["", "01", "02", "03", "21", "24", "30"]),
    network_code=st.sampled_from(["", "05", "51", "41", "R1"]),
)


@given(DECLINES, st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_whatever_the_bank_says_the_bounds_hold(decline: Decline, failed_at: datetime) -> None:
    made = [failed_at, *tries(decline, failed_at)]
    assert made == sorted(set(made))
    assert made[-1] <= failed_at + WINDOW
    assert len(made) <= MOST_TRIES
    assert decline.treatment in RETRYABLE or len(made) == 1
    assert all(later - earlier >= decline.wait for earlier, later in pairwise(made))


@given(st.lists(st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 29)), min_size=1, max_size=60))
def test_no_card_is_tried_more_often_than_the_networks_let(moments: list[datetime]) -> None:
    """Whatever was tried before, within any thirty days that a next try ends there are at most fifteen."""
    card = sorted(moment.replace(tzinfo=UTC) for moment in moments)
    at = next_try(Decline("processing_error"), Past(FAILED, [FAILED], card), FAILED)
    if at is not None:
        assert sum(at - CARD_WINDOW <= each <= at for each in card) < CARD_CAP
