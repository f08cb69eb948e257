"""``python -m config.local run`` and ``… test-env [--durable] COMMAND``."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

from config.local import demo, servers, throw_away
from config.local.lock import AlreadyRunningError
from config.local.postgres import PostgresError
from config.local.product import Product, Site, tidegate
from config.local.supervisor import StartError, Stopped


def main(arguments: list[str], product_at: Callable[[Site], Product]) -> int:
    """Do what the command line asks; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _do(options, product_at)
    except AlreadyRunningError as error:
        return _fail(f"Tidegate is already running from this directory: {error}. Stop it there with Ctrl-C.")
    except (demo.RefusedError, servers.IncompleteError, PostgresError, StartError) as error:
        return _fail(str(error))
    except PermissionError as error:
        return _fail(f"{error.filename} belongs to another user: run as that user, or remove the directory var/.")


def _do(options: argparse.Namespace, product_at: Callable[[Site], Product]) -> int:
    if options.action == "test-env":
        with throw_away.environment(os.environ, durable=options.durable) as variables:
            command = options.command[options.command[:1] == ["--"] :]
            return subprocess.run(command, env=os.environ | variables, check=False).returncode  # noqa: S603
    with suppress(Stopped):
        demo.run(os.environ, product_at)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m config.local", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("run", help="start the product with demonstration data")
    test = actions.add_parser("test-env", help="run a command with an empty database of its own")
    test.add_argument("--durable", action="store_true", help="let commits reach the disk, to measure them")
    test.add_argument("command", nargs=argparse.REMAINDER)
    return parser


def _fail(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], tidegate))
