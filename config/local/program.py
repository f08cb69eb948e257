"""What the supervisor runs: a program as it shall be, and one run of it with its output."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from config.local import launch

#: Seconds to wait before starting a program again, by how often in a row it died young; the last one stays.
PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
#: A program that ran for so many seconds did not die young.
SETTLED = 30.0
#: Bytes of a log that a failure shows.
TAIL = 3000


def _nothing() -> None:
    return


@dataclass(frozen=True)
class Program:
    """A command and how to treat it. `before` runs ahead of each start.

    A job (`restarts` is false) ends by itself. What `serves_others` is stopped after all the rest. A `quiet` program
    writes only to its log.
    """

    name: str
    command: Sequence[str]
    stop: signal.Signals = signal.SIGTERM
    restarts: bool = True
    serves_others: bool = False
    quiet: bool = False
    before: Callable[[], None] = _nothing


@dataclass
class Log:
    """The output of one program: whole in its file, and line by line with the program's name at the terminal."""

    name: str
    path: Path
    quiet: bool
    _rest: bytes = b""

    def read_from(self, output: int) -> bool:
        """Take over what waits in `output`; return whether more may come."""
        part = os.read(output, 65536)
        with self.path.open("ab") as file:
            file.write(part)
        *lines, self._rest = (self._rest + part).split(b"\n")
        for line in lines if not self.quiet else []:
            self._show(line)
        return bool(part)

    def note(self, text: str) -> None:
        """Tell the person at the terminal something about the program."""
        self._show(text.encode())

    def tail(self) -> str:
        """Return the end of the log."""
        return self.path.read_bytes()[-TAIL:].decode(errors="replace")

    def _show(self, line: bytes) -> None:
        with suppress(OSError):  # the terminal may be gone already
            os.write(sys.stderr.fileno(), b"%-8s | %s\n" % (self.name.encode(), line))


@dataclass
class Running:
    """One run of a program. `exit_code` is negative for a signal; `failures` counts early deaths in a row."""

    program: Program
    log: Log
    output: int
    process: "subprocess.Popen[bytes]"
    failures: int = 0
    exit_code: int | None = None
    restart_at: float | None = None
    _started_at: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, program: Program, directory: Path, logs: Path, environment: Mapping[str, str]) -> "Running":
        """Start the program in a session of its own, so that the terminal's Ctrl-C reaches only the supervisor."""
        program.before()
        reading, writing = os.pipe()
        process = subprocess.Popen(  # noqa: S603 (our own commands)
            [*launch.bound_to_parent(program.stop), *program.command],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            start_new_session=True,
        )
        os.close(writing)
        return cls(program, Log(program.name, logs / f"{program.name}.log", program.quiet), reading, process)

    @property
    def pid(self) -> int:
        return self.process.pid

    def ask_to_stop(self) -> None:
        """Send the program its own stop signal."""
        if self.exit_code is None:
            os.kill(self.pid, self.program.stop)

    def kill_group(self) -> None:
        """Kill what is left of the program and of what it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def ended(self, exit_code: int) -> None:
        """Take note of the end: whoever it left behind goes too, and a program that shall run gets a date to return."""
        self.exit_code = self.process.returncode = exit_code
        self.kill_group()
        if self.program.restarts:
            now = time.monotonic()
            settled = now - self._started_at > SETTLED
            self.failures = 1 if settled else self.failures + 1
            self.restart_at = now + PAUSES[min(self.failures, len(PAUSES)) - 1]

    def describe_end(self) -> str:
        """Return how it ended, in words."""
        if self.exit_code is not None and self.exit_code < 0:
            return f"signal {signal.Signals(-self.exit_code).name}"
        return f"exit code {self.exit_code}"
