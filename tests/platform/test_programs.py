"""A run without a program says plainly what it did not run: `tests.programs`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.local.product import PROJECT

SAMPLE = """
import pytest

@pytest.mark.browser
def test_clicks():
    raise AssertionError("there is no browser here")

@pytest.mark.hsm
def test_signs():
    raise AssertionError("there is no module here")

def test_counts():
    assert 1 + 1 == 2
"""


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "in parallel"])
def test_the_summary_names_the_tests_that_were_not_run(tmp_path: Path, workers: list[str]) -> None:
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser\n    hsm\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.programs", "-p", "no:django", *workers, str(tmp_path)]
    environment = {**os.environ, "PATH": "/nonexistent", "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for name, test in (("Chromium", "test_clicks"), ("SoftHSM2", "test_signs")):
        _, _, said = done.stdout.partition(f"{name} is not installed")
        assert "so these 1 tests were not run" in said.splitlines()[0]
        assert said.splitlines()[1].endswith(f"test_sample.py::{test}")
    assert "1 passed, 2 skipped" in done.stdout.splitlines()[-1]
