"""Celery's broker in files, safe for several processes: kombu's own lets a reader see a half-written message.

A message appears by renaming a whole file and is claimed by renaming it again, both inside one directory, which the
kernel does at once. The tables that bind queues to exchanges are read and written under a lock.
"""

import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from kombu import Connection
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

LOOK = 0.2


class Channel(filesystem.Channel):
    """`data_folder_in` and `data_folder_out` are the same directory here, as are the two ends of every queue."""

    def _put(  # type: ignore[override]  # the stubs call the message differently in kombu's two base classes
        self, queue: str, payload: dict[str, Any], **_: object
    ) -> None:
        folder = Path(self.data_folder_out)
        name = f"{time.time_ns():020d}_{uuid.uuid4().hex}"
        unfinished = folder / f"{name}.part"
        unfinished.write_text(dumps(payload))
        unfinished.rename(folder / f"{name}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        for path in sorted(Path(self.data_folder_in).glob(f"*.{queue}.msg")):
            claimed = path.with_suffix(".claimed")
            try:
                path.rename(claimed)
            except FileNotFoundError:  # another worker was quicker
                continue
            message: dict[str, Any] = loads(claimed.read_text())
            claimed.unlink()
            return message
        raise Empty

    def get_table(self, exchange: str) -> list[Any]:
        with self._alone():
            table: list[Any] = super().get_table(exchange)
            return table

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None) -> None:
        with self._alone():
            super()._queue_bind(exchange, routing_key or "", pattern, queue or "")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes away from the tables; closing the descriptor opens the lock."""
        self.control_folder.mkdir(exist_ok=True)
        folder = os.open(self.control_folder, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


class Transport(filesystem.Transport):
    Channel = Channel

    def drain_events(self, connection: Connection, timeout: float | None = None, **_: object) -> None:
        """Look for messages for `LOOK` seconds at most, so that a worker soon notices that it shall stop."""
        super().drain_events(connection, timeout=LOOK if timeout is None else min(timeout, LOOK))
