"""Says plainly which tests did not run for want of a program that only a system package brings."""

import shutil

import pytest

NEEDED = {"browser": ("chromium", "Chromium", "chromium"), "hsm": ("softhsm2-util", "SoftHSM2", "softhsm2")}
"""By marker: the program, its name, and Debian's package."""
NOT_RUN = pytest.StashKey[dict[str, list[str]]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    not_run = config.stash[NOT_RUN] = {}
    for marker, (program, name, package) in NEEDED.items():
        if shutil.which(program):
            continue
        missing = f"{name} is not installed (apt-get install {package})"
        concerned = [item for item in items if item.get_closest_marker(marker)]
        for item in concerned:
            item.add_marker(pytest.mark.skip(reason=missing))
        if concerned:
            not_run[missing] = [item.nodeid for item in concerned]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for missing, tests in config.stash.get(NOT_RUN, {}).items():
        terminalreporter.section("not run")
        terminalreporter.line(f"{missing}, so these {len(tests)} tests were not run:")
        for name in tests:
            terminalreporter.line(f"  {name}")
