"""One thread that starts programs, shows what they say, restarts those that die, and stops them all.

It is the subreaper of everything below it: what a killed program leaves behind becomes its own child, so it can be
waited on. It runs in the main thread, because the kernel ties `launch.bound_to_parent` to the thread that starts a
program.
"""

import ctypes
import os
import selectors
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType

from config.local.program import Program, Running

#: Seconds a program may take to stop by itself before it is killed.
STOP_PATIENCE = 8.0
#: How long the loop sleeps at most, in seconds, while programs stop.
TICK = 0.05
#: Seconds between two looks at whether something is up.
PROBE = 0.2
#: A program that died so often in a row while something waits for it will not come up.
HOPELESS = 4
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_CHILD_SUBREAPER = 36


class Stopped(Exception):
    """The person at the terminal, or the system, asked for the end."""


class StartError(Exception):
    """A program did not come up or a job failed; the message is for the person at the terminal."""


class Supervisor:
    """Programs run with `environment` in `directory`; their output goes to `logs`/NAME.log and to the terminal."""

    def __init__(self, directory: Path, logs: Path, environment: Mapping[str, str]) -> None:
        self.directory, self.logs = directory, logs
        self.environment = dict(environment)
        self.running: dict[str, Running] = {}
        self.stopping = False
        self._selector = selectors.DefaultSelector()
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._wake_up_on_signals()

    def start(self, program: Program) -> Running:
        """Start a program that shall run until the end, and restart it whenever it dies."""
        running = self._spawn(program)
        self.running[program.name] = running
        return running

    def run(self, program: Program) -> None:
        """Run a program that ends by itself, while the others are looked after; raise where it fails."""
        running = self.start(program)
        while running.exit_code is None:
            self._turn(None)
            if self.stopping:
                raise Stopped
        del self.running[program.name]
        if running.exit_code != 0:
            raise StartError(f"`{program.name}` failed:\n{running.log.tail()}")

    def wait_for(self, obstacle: Callable[[], str], *, patience: float) -> None:
        """Look after the programs until `obstacle` has nothing more to say; `patience` is in seconds."""
        deadline = time.monotonic() + patience
        while reason := obstacle():
            self._look_after_for(PROBE)
            self._give_up_on_the_hopeless()
            if time.monotonic() > deadline:
                raise StartError(f"Gave up after {patience:.0f} seconds: {reason}. The logs are in {self.logs}.")

    def _look_after_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._turn(left)
            if self.stopping:
                raise Stopped

    def _give_up_on_the_hopeless(self) -> None:
        for running in self.running.values():
            if running.failures >= HOPELESS:
                raise StartError(f"{running.program.name} does not stay up:\n{running.log.tail()}")

    def look_after(self) -> None:
        """Look after the programs until somebody asks for the end."""
        while not self.stopping:
            self._turn(None)

    def stop(self) -> None:
        """Stop everything, the servers after what uses them, and return when nothing is left."""
        self.stopping = True
        self._stop_all([running for running in self._living() if not running.program.serves_others])
        self._stop_all(self._living())
        self._selector.close()

    def _stop_all(self, leaving: list[Running]) -> None:
        for running in leaving:
            running.ask_to_stop()
        deadline = time.monotonic() + STOP_PATIENCE
        while any(running.exit_code is None for running in leaving):
            if time.monotonic() > deadline:
                for running in leaving:
                    running.kill_group()
            self._turn(TICK)

    def _spawn(self, program: Program) -> Running:
        running = Running.start(program, self.directory, self.logs, self.environment)
        self._selector.register(running.output, selectors.EVENT_READ, running)
        return running

    def _living(self) -> list[Running]:
        return [running for running in self.running.values() if running.exit_code is None]

    def _turn(self, longest: float | None) -> None:
        """Sleep until something happens or is due, then deal with it."""
        for key, _ in self._selector.select(self._until_next_restart(longest)):
            if isinstance(key.data, Running):
                self._read(key.data)
            else:
                os.read(key.fd, 4096)
        self._reap()
        if not self.stopping:
            self._restart_what_is_due()

    def _read(self, running: Running) -> None:
        if not running.log.read_from(running.output):
            self._selector.unregister(running.output)
            os.close(running.output)

    def _reap(self) -> None:
        """Take note of every process that ended, ours and those whose parent was killed."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._note_end(*ended)

    def _note_end(self, pid: int, status: int) -> None:
        for running in self._living():
            if running.pid == pid:
                running.ended(os.waitstatus_to_exitcode(status))
                if running.program.restarts and not self.stopping:
                    running.log.note(f"{running.program.name} ended ({running.describe_end()}); starting it again")

    def _until_next_restart(self, longest: float | None) -> float | None:
        due = [running.restart_at for running in self.running.values() if running.restart_at is not None]
        if not due or self.stopping:
            return longest
        pause = max(0.0, min(due) - time.monotonic())
        return pause if longest is None else min(pause, longest)

    def _restart_what_is_due(self) -> None:
        for name, running in list(self.running.items()):
            if running.restart_at is not None and running.restart_at <= time.monotonic():
                following = self._spawn(running.program)
                following.failures = running.failures
                self.running[name] = following

    def _wake_up_on_signals(self) -> None:
        """Have every signal write into a pipe the loop looks at, so that none is missed while it decides to sleep."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self._selector.register(reading, selectors.EVENT_READ)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        for number in STOP_SIGNALS:
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
