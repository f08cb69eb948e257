"""Celery's broker in files: `config.local.broker`."""

import threading
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

MESSAGES = 200


def connect(folder: Path) -> Connection:
    places = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(folder / "control")}
    transport = "config.local.broker:Transport"
    return Connection(
        "filesystem://localhost", transport=transport, transport_options=places | {"polling_interval": 0.01}
    )


def test_nobody_reads_half_a_message(tmp_path: Path) -> None:
    """Several writers and a reader at once; each message arrives whole and once."""

    def write(first: int) -> None:
        with connect(tmp_path) as connection, connection.SimpleQueue("work") as queue:
            for number in range(first, first + MESSAGES):
                queue.put({"number": number, "text": "x" * 5000})

    writers = [threading.Thread(target=write, args=[first]) for first in (0, MESSAGES)]
    with connect(tmp_path) as connection, connection.SimpleQueue("work") as queue:
        for writer in writers:
            writer.start()
        seen = []
        for _ in range(2 * MESSAGES):
            message = queue.get(timeout=30)
            seen.append(message.payload["number"])
            message.ack()
    for writer in writers:
        writer.join()
    assert sorted(seen) == list(range(2 * MESSAGES))
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


def test_an_empty_queue_says_so(tmp_path: Path) -> None:
    with connect(tmp_path) as connection, connection.SimpleQueue("nothing") as queue, pytest.raises(Empty):
        queue.get(block=False)
