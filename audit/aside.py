"""Work that nobody waits for: asking the broker for a worker, posting to a receiver."""

import logging
from collections.abc import Callable
from threading import BoundedSemaphore, Thread

log = logging.getLogger(__name__)


class Aside:
    """Asks in threads of its own: a broker that is down or hangs takes four to nine seconds to say so (measured).

    At most `most` ask at once; `what` says in the log what was not asked for where it failed.
    """

    def __init__(self, what: str, most: int = 1) -> None:
        self.what = what
        self.free = BoundedSemaphore(most)

    def ask(self, ask: Callable[[], object]) -> bool:
        """Have `ask` called soon; returns False where as many wait already, and it is not."""
        free = self.free.acquire(blocking=False)
        if free:
            Thread(target=self._run, args=[ask], name=self.what, daemon=True).start()
        return free

    def _run(self, ask: Callable[[], object]) -> None:
        try:
            ask()
        except Exception as error:  # whatever the broker's client throws
            log.warning("%s: not asked (%s)", self.what, type(error).__name__)
        finally:
            self.free.release()
