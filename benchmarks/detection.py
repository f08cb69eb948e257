"""What detection costs: ``python -m benchmarks.detection``.

CPU microseconds a call, one thread, the median over texts of which none was seen before: a text asked twice costs less
than half, for the automata and caches know it. 200 characters, 4,000 clean ones and 4,000 with hits. Beside it, in the
same run and interleaved, stands the plain way: the provider formats asked one by one with Python's `re`.
"""

import random
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from statistics import median
from typing import Final, TypeVar
from uuid import UUID

from promptguard.detectors import load_detectors
from promptguard.detectors.cross_tenant import CrossTenantDetector, TermKind
from promptguard.detectors.secrets.providers import FORMATS
from promptguard.findings import Channel, Detector, Prompt, Segment
from promptguard.normalise import normalise
from promptguard.normalise.vocabulary import words

WARM_UP: Final = 600_000  # characters read before the first text that counts: automata learn for long
COUNTED: Final = 150
OURS: Final = UUID("11111111-1111-4111-8111-111111111111")
_NAMES: Final = ("Berlin", "Acme", "Monday", "Lisbon", "Python", "October", "Maria", "Globex", "English", "Friday")
_SENTENCES: Final = (
    "Please summarise the notes about {w} for the weekly meeting in {n}.",
    "The team finished the {w} on time and the results look good.",
    "Next we will review the {w}, plan the autumn release and write about {v}.",
    "In {n} there were {d} visitors, most of them because of the {w}.",
    "It was a quiet morning, and the {w} had not changed since {n}.",
    "Our plan has three parts: the {w}, the {v} and what comes after.",
    "She said that the {w} would cost {d} euros, which nobody believed.",
    "How does a {w} differ from a {v}, and which one suits a small office?",
    "The second chapter explains {w} with examples from {n}.",
    "After lunch they walked to the station and talked about {w} and {v}.",
    "A table with {d} rows follows; the first column holds the {w}.",
    "We hope that the {v} will be ready before the end of the year.",
)
_HITS: Final = " My card is 4242 4242 4242 4242, mail jane.roe@acme.io, ssn 123-45-6789, call +44 20 7946 0958. "
SIZES: Final = ("200", "4,000 clean", "4,000 with hits")
Answer = TypeVar("Answer")
BASELINE: Final = f"Python re, {len(FORMATS)} one by one"


def prose(size: int, dice: random.Random) -> str:
    """Return `size` characters of plain sentences with changing words, names and numbers in them."""
    vocabulary, text = sorted(words()), ""
    while len(text) < size:
        slots = {"w": dice.choice(vocabulary), "v": dice.choice(vocabulary), "n": dice.choice(_NAMES)}
        text += dice.choice(_SENTENCES).format(**slots, d=dice.randrange(2_100)) + " "
    return text[:size]


def texts(size: str, count: int) -> list[str]:
    """Return `count` texts of one column of the table, the same ones in each run."""
    dice = random.Random(size)
    if size == "200":
        return [prose(200, dice) for _ in range(count)]
    hits = _HITS * 4 if size.endswith("hits") else ""
    return [prose(4_000 - len(hits), dice) + hits for _ in range(count)]


def warm_up(size: str) -> int:
    """Return how many texts of one column are read before the first that counts."""
    return WARM_UP // len(texts(size, 1)[0])


class NoTenants:
    """A directory without other tenants."""

    def foreign_terms(self, terms: Collection[str], org_id: UUID) -> Mapping[str, TermKind]:
        """Return nothing: the directory's own cost is measured elsewhere."""
        return {}


def one_by_one() -> Callable[[str], int]:
    """Return the baseline: every provider format searched for by Python's `re`, one after the other."""
    patterns = [re.compile(regex) for _, regex in FORMATS]
    return lambda text: sum(pattern.search(text) is not None for pattern in patterns)


def costs(text: str, detectors: Sequence[Detector], baseline: Callable[[str], int]) -> dict[str, float]:
    """Return the CPU microseconds that each stage takes for `text` as one user message."""
    segment, spent = Segment("input", Channel.USER, text), dict[str, float]()

    def timed(name: str, call: Callable[[], Answer]) -> Answer:
        start = time.thread_time_ns()
        answer = call()
        spent[name] = (time.thread_time_ns() - start) / 1_000
        return answer

    prompt = Prompt((segment,), timed("normalise", lambda: normalise(segment)), OURS, scored=False)
    for detector in detectors:
        timed(detector.name, partial(detector.detect, prompt))
    spent["all of ours"] = sum(spent.values())
    timed(BASELINE, lambda: baseline(text))
    return spent


def main() -> None:
    """Print the table."""
    detectors, baseline = (*load_detectors(), CrossTenantDetector.load(NoTenants())), one_by_one()
    rows: dict[str, list[float]] = {}
    for size in SIZES:
        warm = warm_up(size)
        taken = [costs(text, detectors, baseline) for text in texts(size, warm + COUNTED)][warm:]
        for name in taken[0]:
            rows.setdefault(name, []).append(median(each[name] for each in taken))
    print(f"{'CPU µs':<28}" + "".join(f"{name:>18}" for name in SIZES))
    for name, row in rows.items():
        print(f"{name:<28}" + "".join(f"{value:>18.1f}" for value in row))


if __name__ == "__main__":
    main()
