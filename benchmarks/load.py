"""A small load generator on keep-alive sockets, and what a process group used meanwhile."""

import os
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Run:
    """What one run measured: answers a second, milliseconds (p50, p99), and CPU milliseconds a request by part."""

    per_second: float
    p50: float
    p99: float
    cpu: dict[str, float]


def request(path: str, port: int, body: bytes = b"", key: str = "") -> bytes:
    """Return one HTTP/1.1 request, ready to send."""
    head = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", f"Host: localhost:{port}", "Connection: keep-alive"]
    if key:
        head.append(f"Authorization: Bearer {key}")
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def drive(port: int, sent: bytes | Sequence[bytes], concurrency: int, total: int, parts: dict[str, list[int]]) -> Run:
    """Send `total` requests over `concurrency` connections; `parts` names the process ids whose CPU is charged.

    Of several requests each connection sends its share, one after the other.
    """
    each = max(total // concurrency, 1)
    times: list[float] = []
    many = [sent] if isinstance(sent, bytes) else sent
    shares = [[many[(place + step * concurrency) % len(many)] for step in range(each)] for place in range(concurrency)]
    threads = [threading.Thread(target=_caller, args=(port, share, times)) for share in shares]
    before = {name: cpu_seconds(pids) for name, pids in parts.items()}
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - started
    done = len(times)
    if done < each * concurrency:
        raise RuntimeError(f"Of {each * concurrency} requests {done} were answered.")
    cpu = {name: (cpu_seconds(pids) - before[name]) * 1000 / done for name, pids in parts.items()}
    times.sort()
    return Run(done / spent, times[done // 2] * 1000, times[int(done * 0.99)] * 1000, cpu)


def _caller(port: int, share: Sequence[bytes], times: list[float]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for sent in share:
            started = time.perf_counter()
            connection.sendall(sent)
            _answer(connection)
            times.append(time.perf_counter() - started)


def _answer(connection: socket.socket) -> None:
    """Read one answer to its end; anything but 200 stops the benchmark."""
    received = connection.recv(65_536)
    if b" 200 " not in received[:20]:
        raise RuntimeError(received[:500].decode(errors="replace"))
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)


def cpu_seconds(pids: list[int]) -> float:
    """Return the CPU seconds that processes and everything below them, ended or not, have used so far."""
    total = 0
    for pid in {each for parent in pids for each in descendants(parent)}:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        except OSError:  # ended a moment ago: its parent says what it used
            continue
        total += sum(map(int, fields[11:15]))  # utime, stime, and those of children that have ended: proc(5)
    return total / TICK


def descendants(pid: int) -> list[int]:
    """Return a process and everything below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(") ")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def resident_mebibytes(pid: int) -> float:
    """Return a process's own share of memory (PSS: shared pages are divided among those that share them)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.partition("\nPss:")[2].split()[0]) / 1024
