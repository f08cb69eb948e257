"""Break each guard between tenants in turn; the tests must notice: ``python -m tests.isolation.mutate [word …]``.

Every mutation is made in a copy of the tree, never in the tree itself, and runs the tests named beside it against one
PostgreSQL that all share. Words narrow the run to the mutations whose names hold one of them. The exit code is 1 if a
mutation survives (its tests still pass), 2 if one cannot be made or the tests fail without any.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.local import throw_away
from tests.isolation.mutations import MUTATIONS
from tests.isolation.mutations.mutation import Mutation

TREE = Path(__file__).resolve().parents[2]
APPS = ("accounts", "audit", "billing", "promptguard", "tenants")
MIGRATED = re.compile(r".*/migrations/.*|audit/partitions\.py|tenants/(apps|walls)\.py")
"""What is run by migrating: a database that was migrated before it changed would hide the change."""
PLANTED = Path("audit/migrations/9999_planted.py")
TEMPLATE = {"TIDEGATE_TEST_TEMPLATE": "tidegate"}
"""The run's own database, migrated once."""
_FAILED = re.compile(r"^FAILED (?:\S*::)?(.+?)(?: - .*)?$", re.MULTILINE)


class NotMade(Exception):
    """The tree does not hold what a mutation would change."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a mutation: killed by a test, survived, or broken (the tests could not even run)."""

    name: str
    verdict: str
    by: str
    seconds: float

    def line(self) -> str:
        """Return the row of the table."""
        return f"{self.verdict:<9} {self.seconds:5.0f} s  {self.name:<52} {self.by}"


@contextmanager
def copy_of_the_tree() -> Iterator[Path]:
    """Yield a copy of every file that git tracks or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TREE,
        capture_output=True,
        check=True,
        text=True,
    )
    with tempfile.TemporaryDirectory(prefix="tidegate-mutation-") as directory:
        for name in filter(None, listed.stdout.split("\0")):
            source, target = TREE / name, Path(directory) / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        yield Path(directory)


def changed(mutation: Mutation, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the files of a mutation as it leaves them; raises `NotMade` where one does not hold what it changes."""
    after = dict(texts)
    for name, old, new in mutation.edits:
        if after[name].count(old) != 1:
            raise NotMade(f"{name} holds {old!r} {after[name].count(old)} times")
        after[name] = after[name].replace(old, new)
    return after


@contextmanager
def made(mutation: Mutation, tree: Path) -> Iterator[None]:
    """Make a mutation in `tree` until the block ends."""
    former = {name: (tree / name).read_text() for name, *_ in mutation.edits}
    try:
        for name, text in changed(mutation, former).items():
            (tree / name).write_text(text)
        if mutation.sql:
            (tree / PLANTED).write_text(_migration(tree, mutation.sql))
        yield
    finally:
        for name, text in former.items():
            (tree / name).write_text(text)
        (tree / PLANTED).unlink(missing_ok=True)


def _migration(tree: Path, statement: str) -> str:
    """Return a migration that runs `statement` after all others."""
    last = [(app, sorted(path.stem for path in (tree / app / "migrations").glob("0*.py"))[-1]) for app in APPS]
    return (
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = {last!r}\n    operations = [migrations.RunSQL({statement!r})]\n"
    )


def run(tests: tuple[str, ...], only: str, tree: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run tests in `tree` up to the first failure; returns pytest's exit code and its output."""
    command = [sys.executable, "-m", "pytest", "-x", "-rfE", "--tb=line", *tests, *(["-k", only] if only else [])]
    done = subprocess.run(
        ["nice", "-n", "10", *command], cwd=tree, env=dict(environment), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def judged(mutation: Mutation, tree: Path, environment: Mapping[str, str]) -> Result:
    """Make one mutation, run its tests and say what they made of it."""
    started = time.monotonic()
    try:
        with made(mutation, tree):
            afresh = any(MIGRATED.fullmatch(path) for path, *_ in mutation.edits)
            code, output = run(mutation.tests, mutation.only, tree, {**environment, **({} if afresh else TEMPLATE)})
    except NotMade as error:
        return Result(mutation.name, "not made", str(error), 0)
    failed = _FAILED.search(output)
    verdict = "SURVIVED" if code == 0 else "killed" if code == 1 and failed else "broken"
    by = failed.group(1) if failed else "" if code == 0 else output.strip().splitlines()[-1]
    return Result(mutation.name, verdict, by, time.monotonic() - started)


def main(words: list[str]) -> int:
    """Judge the chosen mutations, print a table and return the exit code."""
    chosen = [one for one in MUTATIONS if not words or any(word in one.name for word in words)]
    if not chosen:
        print("No mutation has such a name.")  # noqa: T201
        return 2
    tests = tuple(sorted({test for one in chosen for test in one.tests}))
    with copy_of_the_tree() as tree, throw_away.environment(os.environ) as variables:
        environment = os.environ | variables | {"PYTHONDONTWRITEBYTECODE": "1"}
        migrate = [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"]
        subprocess.run(migrate, cwd=tree, env=environment, check=True)
        print(f"{len(chosen)} mutations; first {len(tests)} test files without any …", flush=True)  # noqa: T201
        code, output = run(tests, "", tree, environment | TEMPLATE)
        if code:
            print(output)  # noqa: T201
            return 2
        results = []
        for number, mutation in enumerate(chosen, 1):
            results.append(judged(mutation, tree, environment))
            print(f"{number:3}/{len(chosen)} {results[-1].line()}", flush=True)  # noqa: T201
    return _report(results)


def _report(results: list[Result]) -> int:
    verdicts = [result.verdict for result in results]
    alive = [result for result in results if result.verdict != "killed"]
    print(f"\n{verdicts.count('killed')} of {len(results)} mutations killed.")  # noqa: T201
    for result in alive:
        print(result.line())  # noqa: T201
    if any(result.verdict == "SURVIVED" for result in results):
        return 1
    return 2 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
