"""Reading settings from the environment: `NAME`, or `NAME_FILE` with the path of a file that holds the value."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.FileAwareEnv()


def secret(name: str, least: int = 32) -> str:
    """Return a secret of at least `least` characters, or refuse to start."""
    value: str = env.str(name)
    if len(value) < least:
        raise ImproperlyConfigured(f"{name} must have at least {least} characters.")
    return value


def folder(name: str) -> Path:
    """Return the folder that `name` says, made where it is missing."""
    return folder_in(Path(env.str(name)).resolve(), "")


def folder_in(parent: Path, name: str) -> Path:
    """Return the folder `name` below `parent`, made where it is missing and only the product's own to read."""
    path = parent / name
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
