"""The sandbox's keys: they look like test keys, say that they are of a sandbox, and a real one is never taken."""

import re
import secrets
import string
from hmac import compare_digest
from pathlib import Path

#: What a key of ours looks like; dj-stripe wants at least 24 letters and digits after ``sk_test_``.
SECRET = re.compile(r"sk_test_sandbox[A-Za-z0-9]{17,100}")
_ALPHABET = string.ascii_letters + string.digits


class NotASandboxKeyError(Exception):
    """Somebody gave a key that may be a real one. It is not shown."""


def checked(key: str) -> str:
    """Return a key of a sandbox; raises `NotASandboxKeyError` for any other."""
    if not SECRET.fullmatch(key):
        raise NotASandboxKeyError("The key is none of a sandbox: sk_test_sandbox and at least 17 letters and digits.")
    return key


def kept(folder: Path) -> str:
    """Return the key in a folder (``key``), made at the first call; its owner alone may read it."""
    path = folder / "key"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("sk_test_sandbox" + "".join(secrets.choice(_ALPHABET) for _ in range(24)))
    return checked(path.read_text().strip())


def restricted(key: str) -> str:
    """Return the restricted key beside a secret one: it may do everything but read the account."""
    return "rk" + key.removeprefix("sk")


def is_one(presented: str, key: str) -> bool:
    """Tell whether what was presented is the key."""
    return compare_digest(presented.encode(), key.encode())


def kept_webhook_secret(folder: Path) -> str:
    """Return the secret of the product's own endpoint (``webhook-secret``), made at the first call."""
    path = folder / "webhook-secret"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("whsec_" + "".join(secrets.choice(_ALPHABET) for _ in range(32)))
    return path.read_text().strip()
