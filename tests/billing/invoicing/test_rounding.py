"""Lines in cents add up to their total, whatever the amounts, and what is below a cent comes back later."""

from hypothesis import given
from hypothesis import strategies as st

from billing.invoicing.rounding import NANOS_PER_CENT, rounded

KEYS = st.tuples(st.sampled_from(["gpt-5", "gpt-4.1", "tidegate-guard"]), st.sampled_from(["1", "2"]))
MONTHS = st.lists(st.dictionaries(KEYS, st.integers(0, 10**15)), max_size=12)


@given(MONTHS)
def test_over_any_months_not_a_nano_is_lost(months: list[dict[tuple[str, str], int]]) -> None:
    carried = billed = 0
    for month in months:
        result = rounded(month, carried)
        assert set(result.cents) == set(month)
        billed += sum(result.cents.values())
        carried = result.carried
        assert 0 <= carried < NANOS_PER_CENT
    used = sum(sum(month.values()) for month in months)
    assert billed * NANOS_PER_CENT + carried == used


@given(st.dictionaries(KEYS, st.integers(0, 10**15)), st.integers(0, NANOS_PER_CENT - 1))
def test_no_line_is_more_than_a_cent_from_its_amount(month: dict[tuple[str, str], int], carried: int) -> None:
    for key, cents in rounded(month, carried).cents.items():
        assert 0 <= cents - month[key] // NANOS_PER_CENT <= 1


def test_the_missing_cent_goes_to_the_largest_remainder() -> None:
    cent = NANOS_PER_CENT
    result = rounded({("a", "1"): cent * 4 // 10, ("b", "1"): cent * 7 // 10})
    assert (result.cents, result.carried) == ({("a", "1"): 0, ("b", "1"): 1}, cent // 10)


def test_of_equal_remainders_the_first_name_has_it() -> None:
    half = NANOS_PER_CENT // 2
    assert rounded({("b", "1"): half, ("a", "1"): half}).cents == {("a", "1"): 1, ("b", "1"): 0}


def test_what_was_carried_counts() -> None:
    assert rounded({("a", "1"): 1}, NANOS_PER_CENT - 1).cents == {("a", "1"): 1}
    assert rounded({}, 7).carried == 7
