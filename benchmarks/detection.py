"""What detection costs: ``python -m benchmarks.detection``.

CPU microseconds a call, one thread, for 200 characters, 4,000 clean ones and 4,000 with hits. Beside it, in the same
run and interleaved, stands the plain way: the same patterns asked one by one with Python's `re`.
"""

import re
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Final
from uuid import UUID

from promptguard.detectors.cross_tenant import CrossTenantDetector, TermKind
from promptguard.detectors.exfiltration import ExfiltrationDetector
from promptguard.detectors.pii import PiiDetector
from promptguard.detectors.secrets import SecretsDetector
from promptguard.detectors.secrets.providers import FORMATS
from promptguard.findings import Channel, Detector, Prompt, Segment, View
from promptguard.normalise import normalise

ROUNDS: Final = 7
LEAST_SECONDS: Final = 0.05
OURS: Final = UUID("11111111-1111-4111-8111-111111111111")
_PLAIN: Final = (
    "Please summarise the following notes for the weekly meeting. The team finished the migration on time and the "
    "results look good. Next we will review the budget, plan the autumn release and write the documentation. "
)
_HITS: Final = " My card is 4242 4242 4242 4242, mail jane.roe@acme.io, ssn 123-45-6789, call +44 20 7946 0958. "
TEXTS: Final = {
    "200": (_PLAIN * 2)[:200],
    "4,000 clean": (_PLAIN * 20)[:4000],
    "4,000 with hits": (_PLAIN * 20)[: 4000 - 4 * len(_HITS)] + _HITS * 4,
}


class NoTenants:
    """A directory without other tenants."""

    def foreign_terms(self, terms: Collection[str], org_id: UUID) -> Mapping[str, TermKind]:
        """Return nothing: the directory's own cost is measured elsewhere."""
        return {}


def cost(call: Callable[[], object]) -> float:
    """Return the least CPU microseconds a call of `call` over some rounds."""
    call()
    times = 1
    while True:
        spent = _spent(call, times)
        if spent >= LEAST_SECONDS:
            break
        times *= 2
    return min(spent, *(_spent(call, times) for _ in range(ROUNDS))) / times * 1e6


def _spent(call: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - start


def one_by_one() -> Callable[[str], int]:
    """Return the baseline: every provider format searched for by Python's `re`, one after the other."""
    patterns = [re.compile(regex) for _, regex in FORMATS]
    return lambda text: sum(pattern.search(text) is not None for pattern in patterns)


def detectors() -> list[Detector]:
    """Return the pattern detectors, in the order they run."""
    return [
        PiiDetector.load(),
        SecretsDetector.load(),
        ExfiltrationDetector.load(),
        CrossTenantDetector.load(NoTenants()),
    ]


def prompt_of(text: str) -> Prompt:
    """Return `text` as one user message, not normalised."""
    segment = Segment("input", Channel.USER, text)
    return Prompt((segment,), (View(segment, text),), OURS)


def main() -> None:
    """Print the table."""
    loaded, baseline = detectors(), one_by_one()
    rows: dict[str, list[float]] = {}
    for text in TEXTS.values():
        prompt, segment = prompt_of(text), Segment("input", Channel.USER, text)
        rows.setdefault("normalise", []).append(cost(partial(normalise, segment)))
        for detector in loaded:
            rows.setdefault(detector.name, []).append(cost(partial(detector.detect, prompt)))
        rows.setdefault(f"Python re, {len(FORMATS)} one by one", []).append(cost(partial(baseline, text)))
    total = [sum(row[place] for name, row in rows.items() if not name.startswith("Python")) for place in range(3)]
    print(f"{'CPU µs':<28}" + "".join(f"{name:>18}" for name in TEXTS))
    for name, row in {**rows, "all of ours": total}.items():
        print(f"{name:<28}" + "".join(f"{value:>18.1f}" for value in row))


if __name__ == "__main__":
    main()
