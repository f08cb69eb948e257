"""Promise 4: CPU of finding personal data and secrets, beside Presidio, LLM Guard, detect-secrets and Python's `re`.

One text after the other goes through ours and, once ours is warm, through every peer; no text is used twice.
"Patterns" are ours for personal data and secrets with validators and spans, without names, as the peers have none
either; "everything" is normalising and all detectors. Presidio has its recognisers for English and no language model.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from statistics import median

from benchmarks.detection import BASELINE, COUNTED, SIZES, WARM_UP, NoTenants, costs, one_by_one, texts
from benchmarks.peers.asked import LLM_GUARD, PEERS, Ask, peer
from benchmarks.peers.promises import at_least
from promptguard.detectors import load_detectors
from promptguard.detectors.cross_tenant import CrossTenantDetector
from promptguard.detectors.pii.detector import other_data
from promptguard.detectors.secrets import SecretsDetector
from promptguard.findings import Channel, Detector, Segment, View

OURS = "Tidegate, patterns"
EVERYTHING = "Tidegate, everything"
PRESIDIO = "Presidio, patterns only"
GUARD = "LLM Guard, Secrets"
DETECT = "detect-secrets"
SAMPLE = "Mail jane.roe@acme.io, card 4242 4242 4242 4242, key AKIAQWERTYUIOP234567."
ASKED = 30  # of the counted texts go to the peers too: they are slow, and a text is nothing new to them
Column = dict[str, float]


def main() -> None:
    """Print CPU microseconds a text, then the promises."""
    detectors = (*load_detectors(), CrossTenantDetector.load(NoTenants()))
    with ExitStack() as stack:
        peers = {
            PRESIDIO: stack.enter_context(peer(PEERS, "presidio")),
            GUARD: stack.enter_context(peer(LLM_GUARD, "llm-guard-secrets")),
            DETECT: stack.enter_context(peer(PEERS, "detect-secrets")),
        }
        silent = [name for name, ask in peers.items() if not ask(SAMPLE)[0]]
        if silent:
            raise RuntimeError(f"Nothing was found in the sample by {silent}.")
        columns = [_column(size, detectors, peers) for size in SIZES]
    _table(columns)
    _promises(dict(zip(SIZES, columns, strict=True)))


def _column(size: str, detectors: Sequence[Detector], peers: dict[str, Ask]) -> Column:
    """Return the median CPU microseconds of each contestant for texts of one size."""
    everything = texts(size, 2 * (WARM_UP + COUNTED))
    plain, mine = one_by_one(), _patterns()
    taken: dict[str, list[float]] = {}
    for number, (text, fresh) in enumerate(zip(everything[::2], everything[1::2], strict=True)):
        spent = costs(text, detectors, plain)
        row = {OURS: _timed(mine, fresh), EVERYTHING: spent["all of ours"]}
        if number >= WARM_UP + COUNTED - ASKED - 5:
            row |= {name: ask(text)[1] for name, ask in peers.items()} | {BASELINE: spent[BASELINE]}
        for name, value in row.items():
            taken.setdefault(name, []).append(value)
    return {name: median(values[-ASKED:]) for name, values in taken.items()}


def _patterns() -> Callable[[str], object]:
    """Return the patterns for personal data and for secrets as one function of a text."""
    secrets = SecretsDetector.load()

    def found(text: str) -> object:
        return other_data(text), list(secrets.in_view(View(Segment("input", Channel.USER, text), text)))

    return found


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
