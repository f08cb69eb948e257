from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.platform.running import House

Start = Callable[..., House]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the small product in ``a var`` of this test (a path with a space), or another; stops all at the end."""
    houses: list[House] = []

    def _start(environment: Mapping[str, str] | None = None) -> House:
        houses.append(House.start(tmp_path / "a var", environment))
        return houses[-1]

    yield _start
    for house in houses:
        if house.process.poll() is None:
            house.stop()
