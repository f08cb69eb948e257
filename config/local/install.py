"""Makes an environment from a hash-locked list: ``python3 -I config/local/install.py requirements.txt [--programs]``.

Runs on the system's Python before anything is installed, hence with the standard library alone and, up to the check
of the version, with nothing a Python 3.6 could not read. The second time it only compares the list with its stamp.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ENVIRONMENT = Path(".venv")
#: What may not stand beside the product has an environment of its own.
APART = {"requirements-peers.txt": Path(".venv-peers"), "requirements-llm-guard.txt": Path(".venv-llm-guard")}
OLDEST = (3, 11)
#: The list with the development tools holds the plain one, pin for pin.
CONTAINS = {"requirements-dev.txt": ["requirements.txt"]}
#: What some tests drive: the program, and the system package that brings it.
PROGRAMS = {"chromium": "chromium", "softhsm2-util": "softhsm2", "xmlsec1": "xmlsec1"}


def main() -> None:
    lock_name = sys.argv[1]
    if sys.version_info < OLDEST:
        version = ".".join(str(part) for part in sys.version_info[:3])
        sys.exit(
            f"Tidegate needs Python 3.11 or newer; {sys.executable} is {version}. Name one: make PYTHON=python3.11"
        )
    directory = os.open(".", os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)  # `make run` and `make test` may start at the same moment
    if not is_current(lock_name):
        make_environment(environment_of(lock_name))
        install(lock_name)
    if "--programs" in sys.argv[2:]:
        offer_programs()


def environment_of(lock_name: str) -> Path:
    return APART.get(lock_name, ENVIRONMENT)


def python_of(environment: Path) -> str:
    return str(environment / "bin" / "python")


def is_current(lock_name: str) -> bool:
    """Return whether the environment works and holds what the list says now."""
    stamp = stamp_of(lock_name)
    if not stamp.exists() or stamp.read_text() != digest(lock_name):
        return False
    return runs([python_of(environment_of(lock_name)), "-c", ""])


def make_environment(environment: Path) -> None:
    """Make the virtual environment, unless a working one with pip is there."""
    if runs([python_of(environment), "-m", "pip", "--version"]):
        return
    if not runs([sys.executable, "-c", "import ensurepip"]):
        install_ensurepip()
    say(f"Making {environment} with {sys.executable} …")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True)  # noqa: S603


def install_ensurepip() -> None:
    """Debian and Ubuntu keep half of the venv module in a package of its own."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if not (may_install() and apt_install(package)):
        sys.exit(f"This Python cannot make virtual environments. Install that first: sudo apt-get install {package}")


def install(lock_name: str) -> None:
    say(f"Installing {lock_name} (a minute or two, once) …")
    pip = [python_of(environment_of(lock_name)), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
    # A list is complete; one of `APART` leaves out on purpose what a package asks for and what we use of it does not.
    apart = ["--no-deps"] if lock_name in APART else []
    done = subprocess.run([*pip, "install", "--require-hashes", *apart, "-r", lock_name], check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"pip could not install {lock_name}; its message is above. Nothing else was changed.")
    for name in [lock_name, *CONTAINS.get(lock_name, [])]:
        stamp_of(name).write_text(digest(name))


def offer_programs() -> None:
    """Install what some tests drive where that is ours to do; the test run itself says what it left out."""
    for program, package in PROGRAMS.items():
        if shutil.which(program) or not (may_install() and is_debian()):
            continue
        if not apt_install(package):
            say(f"{package} could not be installed; the tests that need it will not run.")


def apt_install(package: str) -> bool:
    """Install a system package without a question; return whether it worked. Try the known lists before new ones."""
    say(f"Installing the system package {package} …")
    command = ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", package]
    return apt(command) or (apt(["apt-get", "update", "--quiet=2"]) and apt(command))


def apt(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0  # noqa: S603


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def is_debian() -> bool:
    """Ubuntu's package of that name only fetches a snap, which needs a daemon that containers do not have."""
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text().splitlines()


def runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:
        return False


def digest(lock_name: str) -> str:
    return hashlib.sha256(Path(lock_name).read_bytes()).hexdigest()


def stamp_of(lock_name: str) -> Path:
    return environment_of(lock_name) / f"{lock_name}.sha256"


def say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    main()
