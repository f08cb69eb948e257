"""Finding and ending the processes of this machine by what they do, for those that lost their supervisor."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: How often, in seconds, to look again for what cannot be waited on.
POLL = 0.02


@dataclass(frozen=True, slots=True)
class Process:
    """A process by its id. What it may not tell us, or can no longer tell, is empty."""

    pid: int

    def directory(self) -> str:
        """Return its working directory."""
        try:
            return os.readlink(f"/proc/{self.pid}/cwd")
        except OSError:
            return ""

    def environment(self) -> bytes:
        """Return the environment it was started with: ``NAME=value`` entries, each ended by a zero byte."""
        try:
            return Path(f"/proc/{self.pid}/environ").read_bytes()
        except OSError:
            return b""

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it is still there."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return


def every() -> Iterator[Process]:
    """Yield every process but this one."""
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            yield Process(int(entry))


def end(belongs: Callable[[Process], bool], *, first: signal.Signals, patience: float = 5.0) -> None:
    """End the processes that belong: by `first`, and by SIGKILL those still there after `patience` seconds."""
    stop, deadline = first, time.monotonic() + patience
    signalled: set[tuple[int, signal.Signals]] = set()
    while found := [process for process in every() if belongs(process)]:
        if time.monotonic() > deadline:
            stop = signal.SIGKILL
        for process in found:
            if (process.pid, stop) not in signalled:
                signalled.add((process.pid, stop))
                process.send(stop)
        time.sleep(POLL)
