"""Promise 4: CPU of finding personal data and secrets, beside Presidio, LLM Guard, detect-secrets and Python's `re`.

Each contestant in turn reads texts in a row, the same ones for all; ours have read others by then, and none of these.
"Patterns" are ours for personal data and secrets with validators and spans, without names, as the peers have none
either; "everything" is normalising and all detectors. Presidio has its recognisers for English and no language model.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import islice
from statistics import median

from benchmarks.detection import BASELINE, SIZES, NoTenants, one_by_one, texts, warm_up
from benchmarks.detection import OURS as TENANT
from benchmarks.peers.asked import LLM_GUARD, PEERS, Ask, peer
from benchmarks.peers.promises import at_least
from promptguard.detectors import load_detectors
from promptguard.detectors.cross_tenant import CrossTenantDetector
from promptguard.detectors.pii.detector import other_data
from promptguard.detectors.secrets import SecretsDetector
from promptguard.findings import Channel, Prompt, Segment, View
from promptguard.normalise import normalise

OURS = "Tidegate, patterns"
EVERYTHING = "Tidegate, everything"
PRESIDIO = "Presidio, patterns only"
GUARD = "LLM Guard, Secrets"
DETECT = "detect-secrets"
SAMPLE = "Mail jane.roe@acme.io, card 4242 4242 4242 4242, key AKIAQWERTYUIOP234567."
ROUNDS, BATCH = 5, 20  # texts that one contestant reads in a row, in turn with the others
Column = dict[str, float]
Contestant = Callable[[str], float]


def main() -> None:
    """Print CPU microseconds a text, then the promises."""
    with ExitStack() as stack:
        peers = {
            PRESIDIO: stack.enter_context(peer(PEERS, "presidio")),
            GUARD: stack.enter_context(peer(LLM_GUARD, "llm-guard-secrets")),
            DETECT: stack.enter_context(peer(PEERS, "detect-secrets")),
        }
        silent = [name for name, ask in peers.items() if not ask(SAMPLE)[0]]
        if silent:
            raise RuntimeError(f"Nothing was found in the sample by {silent}.")
        contestants = _contestants(peers)
        columns = [_column(size, contestants) for size in SIZES]
    _table(columns)
    _promises(dict(zip(SIZES, columns, strict=True)))


def _contestants(peers: Mapping[str, Ask]) -> dict[str, Contestant]:
    """Return who takes part, each as a function from a text to CPU microseconds."""
    contestants: dict[str, Contestant] = {
        OURS: partial(_timed, _patterns()),
        EVERYTHING: partial(_timed, _everything()),
        BASELINE: partial(_timed, one_by_one()),
    }
    return contestants | {name: partial(_asked, ask) for name, ask in peers.items()}


def _column(size: str, contestants: Mapping[str, Contestant]) -> Column:
    """Return the median CPU microseconds of each contestant for texts of one size."""
    warm = warm_up(size)
    fresh = iter(texts(size, 2 * (warm + ROUNDS * BATCH)))
    for name in (OURS, EVERYTHING):
        for text in islice(fresh, warm):
            contestants[name](text)
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        batch, unread = list(islice(fresh, BATCH)), list(islice(fresh, BATCH))
        for name, measure in contestants.items():
            taken[name] += map(measure, unread if name == EVERYTHING else batch)
    return {name: median(values) for name, values in taken.items()}


def _patterns() -> Callable[[str], object]:
    """Return the patterns for personal data and for secrets as one function of a text."""
    secrets = SecretsDetector.load()

    def found(text: str) -> object:
        return other_data(text), list(secrets.in_view(View(Segment("input", Channel.USER, text), text)))

    return found


def _everything() -> Callable[[str], object]:
    """Return normalising and all detectors as one function of a text."""
    detectors = (*load_detectors(), CrossTenantDetector.load(NoTenants()))

    def found(text: str) -> object:
        segment = Segment("input", Channel.USER, text)
        prompt = Prompt((segment,), normalise(segment), TENANT, scored=False)
        return [detector.detect(prompt) for detector in detectors]

    return found


def _asked(ask: Ask, text: str) -> float:
    return ask(text)[1]


def _timed(call: Callable[[str], object], text: str) -> float:
    started = time.thread_time_ns()
    call(text)
    return (time.thread_time_ns() - started) / 1000


def _table(columns: Sequence[Column]) -> None:
    print(f"  {'CPU µs':34s}" + "".join(f"{size:>18s}" for size in SIZES))
    for name in columns[0]:
        print(f"  {name:34s}" + "".join(f"{column[name]:18.0f}" for column in columns))


def _promises(by_size: dict[str, Column]) -> None:
    """Print the promise for patterns, and the same ratios for everything, which nothing was promised of."""
    for size, column in by_size.items():
        promised = 20.0 if "hits" in size else 30.0
        at_least(f"{size}: Presidio / patterns", column[PRESIDIO] / column[OURS], promised)
        at_least(f"{size}: LLM Guard Secrets / patterns", column[GUARD] / column[OURS], 25)
        both = ", ".join(f"{name} {column[name] / column[EVERYTHING]:.1f}" for name in (PRESIDIO, GUARD, DETECT))
        print(f"  {size}, each peer / everything: {both}")
