"""One supervisor at a time for one ``var/``: a lock that the kernel drops when its holder dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunningError(Exception):
    """Somebody holds the lock; the message is what the holder wrote into it."""


@contextmanager
def held(path: Path, message: str) -> Iterator[None]:
    """Hold the lock file at `path`; whoever else tries is refused with `message`."""
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise AlreadyRunningError(file.read()) from error
        file.truncate(0)
        file.write(message)
        file.flush()
        yield
