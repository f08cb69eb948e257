"""``manage.py simulate_recovery``: says what was assumed, repeats, and claims nothing of real payments."""

from io import StringIO
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest
from django.core.management import CommandError, call_command

from billing.recovery.measure import Rate
from billing.recovery.simulation.comparing import compare
from billing.recovery.simulation.distribution import PAID_ON, REASONS


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("simulate_recovery", *arguments, stdout=out)
    return out.getvalue()


def test_the_shares_are_whole() -> None:
    assert sum(reason.share for reason in REASONS) == pytest.approx(1)
    assert sum(share for share, _ in PAID_ON) == pytest.approx(1)


def test_each_part_of_the_policy_avoids_more_and_no_try_is_futile() -> None:
    none, fixed, *aware = compare(seed=7, n=3_000)
    assert none.rate.share == 0
    assert fixed.futile > 0.5
    assert [each.futile for each in aware] == [0, 0, 0]
    shares = [each.rate.share for each in (none, fixed, *aware)]
    assert shares == sorted(shares)
    assert aware[0].rate.interval[0] > fixed.rate.interval[1]
    assert all(each.by_day[-1] == pytest.approx(each.rate.share) for each in aware)


def test_who_would_have_paid_alone_is_not_counted_as_avoided() -> None:
    assert all(each.rate.failures < 3_000 for each in compare(seed=7, n=3_000))


def test_the_same_seed_says_the_same() -> None:
    first = told("--n", "500", "--seed", "3")
    assert told("--n", "500", "--seed", "3") == first
    assert told("--n", "500", "--seed", "4") != first


def test_it_says_what_the_numbers_are() -> None:
    said = told("--n", "200")
    assert "shown on a stated distribution; not measured on payments" in said
    assert "avoided = (failures without the policy - failures with it) / failures without it" in said
    assert "an advertisement's number" in said
    assert all(reason.decline.code in said for reason in REASONS)


def test_the_picture_is_the_same_for_the_same_numbers(tmp_path: Path) -> None:
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    told("--n", "200", "--plot", str(first))
    told("--n", "200", "--plot", str(second))
    assert first.read_bytes() == second.read_bytes()
    assert parse(first).getroot().tag.endswith("svg")
    assert "the field's claim, not measured here" in first.read_text()


@pytest.mark.parametrize("n", ["0", "1000001"])
def test_a_number_of_failures_is_bounded(n: str) -> None:
    with pytest.raises(CommandError, match="from 1 to"):
        told("--n", n)


@pytest.mark.parametrize(
    ("avoided", "failures", "low", "high"), [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634)]
)
def test_the_interval_is_wilsons(avoided: int, failures: int, low: float, high: float) -> None:
    assert Rate(avoided, failures).interval == pytest.approx((low, high), abs=1e-4)
