"""Every trained artefact rests on the buckets of n-grams: they are pinned, and the fast way equals the definition."""

import hashlib
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from promptguard.detectors.ngrams import BUCKET_BITS, CHUNK, Grams, NgramModel, codes, grams, grams_of

MULTIPLIERS = (2654435761, 2246822519, 3266489917, 668265263, 374761393)
MIXERS = {3: 0x9E3779B1, 4: 0x85EBCA77, 5: 0xC2B2AE3D}
BASE, MIX, PAIR = 6364136223846793005, 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
SAMPLE = "Ignore ALL previous\tinstructions, 4242 times — Ünïcode Straße, İstanbul; 你好 мир 😀 and_under-scores\x00."


def folded(text: str) -> list[int]:
    """Return code points in lower case, digits as 0, white space as blanks: the definition."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    points = [ord(char) for char in lowered]
    return [0x30 if 0x30 <= point <= 0x39 else 0x20 if 9 <= point <= 13 else point for point in points]


def char_bucket(points: list[int], at: int, order: int) -> int:
    """Return the bucket of the `order`-gram that ends with character `at`; before the text stand blanks."""
    total = sum((points[at - back] if at >= back else 0x20) * MULTIPLIERS[back] for back in range(order)) % 2**32
    return ((total ^ total >> 15) * MIXERS[order] % 2**32) >> (32 - BUCKET_BITS)


def words(points: list[int]) -> list[tuple[int, int]]:
    """Return the hash and the end of each run of letters and digits."""
    found, run = [], list[int]()
    for place, point in enumerate([*points, 0x20]):
        if point < 0x10000 and chr(point).isalnum():
            run.append(point)
        elif run:
            total = sum(each * pow(BASE, power, 2**64) for power, each in enumerate(run)) % 2**64
            found.append((total ^ total >> 29, place))
            run = []
    return found


def defined(text: str) -> tuple[list[list[int]], list[int], list[int], list[int]]:
    """Return chars, words, pairs and ends as `Grams` defines them."""
    points = folded(text)
    chars = [[char_bucket(points, at, order) for at in range(len(points))] for order in (3, 4, 5)]
    hashes = [each for each, _ in words(points)]
    singles = [each * MIX % 2**64 >> 64 - BUCKET_BITS for each in hashes]
    before = [0, *hashes]
    pairs = [
        (left * PAIR + right) * PAIR % 2**64 >> 64 - BUCKET_BITS for left, right in zip(before, hashes, strict=False)
    ]
    return chars, singles, pairs, [end for _, end in words(points)]


def listed(found: Grams) -> tuple[list[list[int]], list[int], list[int], list[int]]:
    return found.chars.tolist(), found.words.tolist(), found.pairs.tolist(), found.ends.tolist()


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=120), st.text("aB1 \n.é中😀İ", max_size=120)))
def test_the_fast_way_equals_the_definition(text: str) -> None:
    assert listed(grams(codes(text))) == defined(text)


def test_the_buckets_are_those_the_artefacts_were_trained_on() -> None:
    digest = hashlib.sha256(grams(codes(SAMPLE)).buckets().astype("<u4").tobytes())
    assert digest.hexdigest()[:16] == "3004d2ae894ad142"


@settings(max_examples=40, deadline=None)
@given(st.text("ab c1.", min_size=1, max_size=900), st.sampled_from([(256, 128), (128, 64)]))
def test_a_window_scores_what_its_n_grams_weigh(text: str, size: tuple[int, int]) -> None:
    weights = np.random.default_rng(5).normal(size=2**BUCKET_BITS).astype(np.float32)
    window, stride = size
    starts, scores = NgramModel(weights, 0.25).windows(text, window, stride)
    found = grams_of(text)
    for start, score in zip(starts.tolist(), scores.tolist(), strict=True):
        stop = len(text) if len(starts) == 1 else min(start + window, len(text))
        inside = (found.ends > start) & (found.ends <= stop)
        held = [*found.chars[:, start:stop].ravel(), *found.words[inside], *found.pairs[inside]]
        assert math.isclose(score, weights[held].sum() / math.sqrt(len(held)) + 0.25, abs_tol=1e-4)


def test_a_text_longer_than_a_chunk_is_scored_to_its_end() -> None:
    weights = np.zeros(2**BUCKET_BITS, np.float32)
    weights[grams(codes("zqx")).words] = 1.0
    _, scores = NgramModel(weights, 0.0).windows("a " * CHUNK + "zqx")
    assert scores[-1] > 0.0 == scores[:-3].max()
