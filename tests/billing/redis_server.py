"""A Redis of a test's own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.platform.running import eventually
from tests.server import free_port


class RedisServer:
    """Debian's redis-server on a free port, which a test may stop and start again; it keeps nothing."""

    def __init__(self, directory: Path) -> None:
        self.port, self._directory = free_port(), directory
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._directory)]
        self._process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        with redis.Redis.from_url(self.url) as client:
            assert eventually(lambda: _answers(client)), "Redis does not answer"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@contextmanager
def serving(directory: Path) -> Iterator[RedisServer]:
    """Yield a Redis that answers."""
    server = RedisServer(directory)
    server.start()
    yield server
    server.stop()
