"""What is found and what is not; the shares of mistakes are measured over many numbers of each kind."""

import random
import time
import uuid

import pytest

from billing.cards.detector import find_pans, masked
from billing.cards.searching import holds_pan
from tests.billing.cards.planted import NONE, NUMBERS, PLANTED, VISA

MANY = 20_000


@pytest.mark.parametrize("form", PLANTED)
def test_a_card_number_is_found_however_it_is_written(form: str) -> None:
    text, last_four = PLANTED[form]
    (span,) = find_pans(text)
    assert span.last_four == last_four
    assert span.brand
    assert masked(text) == f"{text[: span.start]}[card …{last_four}]{text[span.end :]}"
    assert find_pans(masked(text)) == []


@pytest.mark.parametrize("text", NONE)
def test_what_is_none_is_left(text: str) -> None:
    assert find_pans(text) == []
    assert masked(text) == text


@pytest.mark.parametrize("kind", NUMBERS)
def test_other_numbers_are_seldom_taken_for_one(kind: str) -> None:
    make, bound = NUMBERS[kind]
    seed = random.Random(26)
    taken = sum(bool(find_pans(make(seed))) for _ in range(MANY))
    assert taken / MANY <= bound, f"{kind}: {taken / MANY:.4%}"


def test_several_are_found_in_their_places() -> None:
    text = "first 4242 4242 4242 4242, then ３７８２８２２４６３１０００５."
    assert [text[span.start : span.end] for span in find_pans(text)] == [
        "4242 4242 4242 4242",
        "３７８２８２２４６３１０００５",
    ]
    assert masked(text) == "first [card …4242], then [card …0005]."


@pytest.mark.parametrize(
    "text",
    [
        "4 " * 500_000,
        "4242424242424243 " * 60_000,
        "9" * 1_000_000,
        "４.２-" * 200_000,
        "1 2 3 4 5 6 7 8 9 0 " * 50_000,
    ],
)
def test_a_million_characters_of_digits_take_seconds_at_most(text: str) -> None:
    began = time.process_time()
    find_pans(text)
    assert time.process_time() - began < 10


def test_what_we_make_ourselves_is_no_number_however_it_falls() -> None:
    made = random.Random(1)
    digests = [made.randbytes(size).hex() for size in (16, 32) for _ in range(20_000)]
    digests += [str(uuid.UUID(bytes=made.randbytes(16), version=4)) for _ in range(20_000)]
    assert any(find_pans(digest) for digest in digests), "or there would be nothing to leave out"
    assert not any(holds_pan({"client_id": f"app_{digest}", "checksum": digest}) for digest in digests)
    assert holds_pan(f"{digests[0]} {VISA}")
