"""Making the environment: `config/local/install.py`, which runs before anything is installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.local.product import PROJECT
from tests.platform.running import PATIENCE

INSTALL = PROJECT / "config" / "local" / "install.py"
#: The path of a directory without apt-get, so that no test installs a system package.
NO_APT = {"PATH": "/nonexistent"}


def install(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", str(INSTALL), *arguments]
    return subprocess.run(
        command, cwd=directory, env=NO_APT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a path with a space, whose list is empty so that nothing has to be fetched."""
    directory = tmp_path / "a project"
    directory.mkdir()
    (directory / "requirements.txt").write_text("# nothing\n")
    (directory / "requirements-dev.txt").write_text("# nothing for developers\n")
    return directory


@pytest.mark.processes
def test_it_makes_the_environment_once(project: Path) -> None:
    """The list of the developers holds the other one, so `make run` after `make test` has nothing to do."""
    first, second = install(project, "requirements-dev.txt", "--programs"), install(project, "requirements.txt")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "Installing requirements-dev.txt" in first.stderr
    assert second.stderr == ""
    assert (project / ".venv" / "bin" / "python").exists()


@pytest.mark.processes
def test_it_installs_again_when_the_list_changes_or_the_environment_breaks(project: Path) -> None:
    install(project, "requirements.txt")
    (project / "requirements.txt").write_text("# still nothing\n")
    changed = install(project, "requirements.txt").stderr
    assert "Installing" in changed
    assert "Making" not in changed
    shutil.rmtree(project / ".venv" / "bin")
    assert "Making .venv" in install(project, "requirements.txt").stderr


@pytest.mark.processes
def test_what_is_measured_beside_the_product_is_installed_apart(project: Path) -> None:
    (project / "requirements-peers.txt").write_text("# no peers\n")
    assert "Making .venv-peers" in install(project, "requirements-peers.txt").stderr
    assert install(project, "requirements-peers.txt").stderr == ""
    assert not (project / ".venv").exists()


@pytest.mark.processes
def test_a_package_whose_hash_is_not_listed_is_refused(project: Path) -> None:
    (project / "requirements.txt").write_text("./nowhere\n")
    refused = install(project, "requirements.txt")
    assert refused.returncode == 1
    assert "pip could not install requirements.txt" in refused.stderr
    assert not list((project / ".venv").glob("*.sha256"))
