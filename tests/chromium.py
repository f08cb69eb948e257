"""Says plainly which browser tests did not run for want of a browser."""

import shutil

import pytest

MISSING = "Chromium is not installed (apt-get install chromium)"
NOT_RUN = pytest.StashKey[list[str]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if shutil.which("chromium"):
        return
    browser_tests = [item for item in items if item.get_closest_marker("browser")]
    for item in browser_tests:
        item.add_marker(pytest.mark.skip(reason=MISSING))
    config.stash[NOT_RUN] = [item.nodeid for item in browser_tests]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not_run := config.stash.get(NOT_RUN, []):
        terminalreporter.section("not run")
        terminalreporter.line(f"{MISSING}, so these {len(not_run)} tests were not run:")
        for name in not_run:
            terminalreporter.line(f"  {name}")
