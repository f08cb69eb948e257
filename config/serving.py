"""The web server: granian's workers, forked from a process that has read what they all read.

``python -m config.serving`` takes granian's options. What no worker changes (the program, the models' weights and
tables) is in memory once for all of them, and a worker that takes another's place answers at once. Connections are
each worker's own (`tenants.postgresql.base`).
"""

import ctypes
import gc
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, cast

from granian.cli import cli

_ARENA_MAX, _ARENAS = -8, 2
"""`M_ARENA_MAX` of mallopt(3). A worker's threads take turns; with an arena each they keep more, for nothing."""


def main() -> None:
    """Read the options, load, then serve until the end."""
    cli.callback = partial(_serve, cast("Callable[..., None]", cli.callback))
    cli(["--interface", "wsgi", *sys.argv[1:], "config.wsgi:application"], auto_envvar_prefix="GRANIAN")


def _serve(granian: Callable[..., None], **options: Any) -> None:  # noqa: ANN401 (granian's own)
    with suppress(AttributeError):  # of another C library than GNU's
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)
    _load()
    gc.collect()
    gc.freeze()  # the collector would write to every page that the workers share
    granian(**options)


def _load() -> None:
    from config import wsgi  # noqa: F401, PLC0415  (its import is the program; wrong options end before it)
    from promptguard.engine import preload  # noqa: PLC0415  (likewise)

    preload()


if __name__ == "__main__":
    main()
