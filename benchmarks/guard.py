"""Promises 1 and 3: a guard call with every detector on, recorded, over HTTP; beside an empty view in the same run."""

import json
import socket

from benchmarks import site
from benchmarks.load import Run, drive, request, resident_mebibytes

SENTENCE = (
    "Please summarise the main points of our meeting about the new warehouse and list open questions for Monday. "
)
ROUNDS = {1: 400, 8: 1200, 64: 1600}


def main() -> None:
    """Print, for each concurrency, the empty view and the guard with 200 and 4,000 characters."""
    site.migrated()
    _, key = site.customer()
    port, empty_port = _free_port(), _free_port()
    bodies = {
        "guard, 200 characters": _body(SENTENCE * 2, 200),
        "guard, 4,000 characters": _body(SENTENCE * 40, 4000),
    }
    with (
        site.granian("benchmarks.empty:application", empty_port, "/") as empty,
        site.granian(site.OURS, port, "/readyz") as workers,
    ):
        for concurrency, total in ROUNDS.items():
            _line(
                f"empty view, c={concurrency}",
                drive(empty_port, request("/", empty_port), concurrency, total * 4, {"web": empty}),
            )
            for name, body in bodies.items():
                sent = request("/v1/guard", port, body, key)
                drive(port, sent, concurrency, concurrency * 2, {})  # warm
                _line(f"{name}, c={concurrency}", drive(port, sent, concurrency, total, {"web": workers}))
        ours, bare = (sum(map(resident_mebibytes, pids)) / site.WORKERS for pids in (workers, empty))
        print(f"  memory for a worker (PSS) {ours:13.0f} MiB     empty view {bare:.0f} MiB")


def _body(text: str, length: int) -> bytes:
    return json.dumps({"input": text[:length]}).encode()


def _line(name: str, run: Run) -> None:
    cpu = "   ".join(f"CPU {part} {ms:6.2f} ms" for part, ms in run.cpu.items())
    print(f"  {name:32s}{run.per_second:8.0f} req/s   p50 {run.p50:7.2f} ms   p99 {run.p99:7.2f} ms   {cpu}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
