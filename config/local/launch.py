"""How processes are started so that none outlives its parent, and PostgreSQL never runs as root.

Everything here is a prefix of a command line made of util-linux's own programs, which every Debian and Ubuntu has.
"""

import os
import pwd
import signal
import subprocess
from functools import cache

UNPRIVILEGED_NAME = "nobody"


def bound_to_parent(stop: signal.Signals) -> list[str]:
    """Return the prefix that has the kernel send `stop` when the thread that starts the command dies."""
    return ["setpriv", f"--pdeathsig={stop.name.removeprefix('SIG')}", "--"]


@cache
def unprivileged() -> tuple[str, ...]:
    """Return the prefix that makes root somebody else, empty for who already is.

    In a user namespace of its own the command is `nobody` and its files stay root's. Where user namespaces are
    forbidden, as in most containers, it becomes `nobody` outright and keeps the one capability to reach files by path,
    so that program and data may lie under a directory such as /root.
    """
    if not _needs_another_name():
        return ()
    nobody = pwd.getpwnam(UNPRIVILEGED_NAME)
    namespace = ("unshare", "--user", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}", "--")
    if os.geteuid() != 0 or _works(namespace):
        return namespace
    capability = "-all,+dac_override"
    return (
        *("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", "--no-new-privs"),
        *(f"--inh-caps={capability}", f"--ambient-caps={capability}", f"--bounding-set={capability}", "--"),
    )


def file_owner() -> int:
    """Return the user id that owns what an `unprivileged` command writes."""
    return pwd.getpwnam(UNPRIVILEGED_NAME).pw_uid if unprivileged()[:1] == ("setpriv",) else os.geteuid()


def _needs_another_name() -> bool:
    """PostgreSQL refuses root, and initdb refuses a user id that has no name, as containers like to give out."""
    if os.geteuid() == 0:
        return True
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return True
    return False


def _works(prefix: tuple[str, ...]) -> bool:
    try:
        return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603
    except FileNotFoundError:
        return False
