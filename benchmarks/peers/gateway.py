"""Promises 1 and 3: a recorded guard call with every detector beside LiteLLM's proxy, one worker each.

LiteLLM passes a chat completion on to a canned upstream on this machine and records nothing; Tidegate answers
`POST /v1/guard`, which calls no upstream, and records its decision in PostgreSQL, whose CPU is shown apart. No text
comes twice in a round. What is printed are medians over alternating rounds.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

from benchmarks import site
from benchmarks.detection import texts
from benchmarks.load import Run, drive, request, resident_mebibytes
from benchmarks.peers import litellm
from benchmarks.peers.promises import at_least, at_most

ROUNDS = 3
#: Requests of a round by concurrency; ours answers more of them, for its CPU is counted in hundredths of a second too.
REQUESTS = {1: 20, 8: 80, 64: 128}
OURS_MORE = 4
SIZES = {"200": "200", "4,000": "4,000 clean"}
OURS = "Tidegate"
BARE = "LiteLLM, bare"
FILTERS = {"LiteLLM, filter with 3 patterns": litellm.quick_start, "LiteLLM, filter like ours": litellm.alike}
SEVERAL = (2, 4)  # workers that share what they were forked with
Runs = dict[tuple[str, int, str], Run]


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server: its port, its requests by size of text, and its processes by part."""

    port: int
    requests: Mapping[str, Sequence[bytes]]
    parts: Mapping[str, list[int]]
    more: int = 1

    def run(self, size: str, concurrency: int) -> Run:
        """Send one round of requests."""
        return drive(self.port, self.requests[size], concurrency, REQUESTS[concurrency] * self.more, dict(self.parts))

    def memory(self) -> float:
        """Return the MiB (PSS) of its processes together, the one that workers are forked from among them."""
        return sum(map(resident_mebibytes, self.parts["web"]))


def main() -> None:
    """Print each contestant's figures, then the promises."""
    site.migrated()
    _, key = site.customer()
    with ExitStack() as stack:
        upstream = stack.enter_context(litellm.canned_upstream())
        contestants = {OURS: stack.enter_context(_ours(key))}
        for name, settings in {BARE: litellm.bare, **FILTERS}.items():
            contestants[name] = stack.enter_context(_litellm(upstream, settings()))
        runs = _measured(contestants)
        memory = {name: one.memory() for name, one in contestants.items()}
    for workers in SEVERAL:
        with _ours(key, workers) as ours:
            ours.run("4,000", 64)
            memory[f"{OURS}, each of {workers} workers"] = ours.memory() / workers
    for name, mebibytes in memory.items():
        print(f"  memory for a worker (PSS), {name:34s}{mebibytes:6.0f} MiB")
    _promises(runs, memory)


@contextmanager
def _ours(key: str, workers: int = 1) -> Iterator[Contestant]:
    port = litellm.free_port()
    with site.granian(site.OURS, port, "/readyz", workers) as processes:
        requests = _requests(port, "/v1/guard", lambda text: {"input": text}, key)
        drive(port, requests["200"], 64, 128, {})  # opens the connections to the database
        yield Contestant(port, requests, {"web": processes, "database": _database()}, OURS_MORE)


@contextmanager
def _litellm(upstream: int, settings: Mapping[str, Any]) -> Iterator[Contestant]:
    with litellm.proxy(upstream, settings) as (port, processes):
        requests = _requests(port, "/v1/chat/completions", _chat)
        drive(port, requests["200"], 8, 32, {})
        yield Contestant(port, requests, {"web": processes})


def _chat(text: str) -> dict[str, Any]:
    return {"model": "canned", "messages": [{"role": "user", "content": text}]}


def _requests(port: int, path: str, body: Callable[[str], dict[str, Any]], key: str = "") -> dict[str, list[bytes]]:
    most = max(REQUESTS.values()) * OURS_MORE
    return {
        size: [request(path, port, json.dumps(body(text)).encode(), key) for text in texts(named, most)]
        for size, named in SIZES.items()
    }


def _database() -> list[int]:
    """Return the process id of the database server on this machine, above all that serves its connections."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    return [int(Path(f"/proc/{backend}/stat").read_text().rpartition(") ")[2].split()[1])]


def _measured(contestants: Mapping[str, Contestant]) -> Runs:
    """Return, and print at once, the median figures of each contestant; these alternate within a round."""
    found: Runs = {}
    for size in SIZES:
        for concurrency in REQUESTS:
            rounds = [{name: one.run(size, concurrency) for name, one in contestants.items()} for _ in range(ROUNDS)]
            for name in contestants:
                run = _middle([each[name] for each in rounds])
                found[size, concurrency, name] = run
                _line(f"{size} characters, c={concurrency:<2d} {name}", run)
    return found


def _middle(runs: Sequence[Run]) -> Run:
    cpu = {part: median(run.cpu[part] for run in runs) for part in runs[0].cpu}
    rates, halves, tails = zip(*((run.per_second, run.p50, run.p99) for run in runs), strict=True)
    return Run(median(rates), median(halves), median(tails), cpu)


def _line(name: str, run: Run) -> None:
    cpu = "  ".join(f"CPU {part} {spent:6.2f} ms" for part, spent in run.cpu.items())
    print(f"  {name:54s}{run.per_second:7.0f} req/s  p50 {run.p50:8.2f} ms  p99 {run.p99:8.2f} ms  {cpu}", flush=True)


def _promises(runs: Runs, memory: Mapping[str, float]) -> None:
    for name in FILTERS:
        for size in SIZES:
            what = f"{size} characters, {name}"
            ours, theirs = runs[size, 8, OURS], runs[size, 8, name]
            at_most(f"CPU, {what}", ours.cpu["web"] / theirs.cpu["web"], 1 / 6, "1/6")
            at_most(f"p99 at c=8, {what}", ours.p99 / theirs.p99, 1 / 5, "1/5")
            for concurrency in REQUESTS:
                rates = [runs[size, concurrency, one].per_second for one in (OURS, name)]
                at_least(f"req/s at c={concurrency}, {what}", rates[0] / rates[1], 5)
    for name, mebibytes in memory.items():
        if name.startswith(OURS):
            at_most(f"memory, {name} / LiteLLM bare", mebibytes / memory[BARE], 0.4)
