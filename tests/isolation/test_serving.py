"""`python -m config.serving` reads its options before anything else: wrong ones cost no start."""

import os
import subprocess
import sys

import pytest

from config.local.product import PROJECT


@pytest.mark.parametrize(
    ("option", "status", "said"),
    [
        ("--help", 0, "--blocking-threads"),
        ("--nonsense", 2, "No such option"),
        ("--workers=many", 2, "not a valid integer"),
    ],
)
def test_options_are_read_before_the_program_is(option: str, status: int, said: str) -> None:
    bare = {"PATH": os.environ["PATH"]}  # without settings the program does not load
    command = [sys.executable, "-m", "config.serving", option]
    ran = subprocess.run(command, cwd=PROJECT, env=bare, capture_output=True, check=False, text=True)
    assert ran.returncode == status
    assert said in ran.stdout + ran.stderr
