"""The web server: granian's workers, forked from a process that has read what they all read.

``python -m config.serving`` takes granian's options. What no worker changes (the program, the models' weights and
tables) is in memory once for all of them, and a worker that takes another's place answers at once. Connections are
each worker's own (`tenants.postgresql.base`).
"""

import ctypes
import gc
import sys
from contextlib import suppress

from granian.cli import cli

from config import wsgi  # noqa: F401  (its import is the program)
from promptguard.engine import preload

_ARENA_MAX, _ARENAS = -8, 2
"""`M_ARENA_MAX` of mallopt(3). A worker's threads take turns; with an arena each they keep 60 MB more."""


def main() -> None:
    """Load, then serve until the end."""
    with suppress(AttributeError):  # of another C library than GNU's
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)
    preload()
    gc.collect()
    gc.freeze()  # the collector would write to every page that the workers share
    cli(["--interface", "wsgi", *sys.argv[1:], "config.wsgi:application"], auto_envvar_prefix="GRANIAN")


if __name__ == "__main__":
    main()
