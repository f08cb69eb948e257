"""A run without a browser says plainly what it did not run: `tests.chromium`."""

import os
import subprocess
import sys
from pathlib import Path

from config.local.product import PROJECT

SAMPLE = """
import pytest

@pytest.mark.browser
def test_clicks():
    raise AssertionError("there is no browser here")

def test_counts():
    assert 1 + 1 == 2
"""


def test_the_summary_names_the_tests_that_were_not_run(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.chromium", "-p", "no:django", str(tmp_path)]
    environment = {**os.environ, "PATH": "/nonexistent", "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "so these 1 tests were not run" in done.stdout
    assert "test_sample.py::test_clicks" in done.stdout
    assert "1 passed, 1 skipped" in done.stdout.splitlines()[-1]
