"""The random values an installation needs, made once."""

import secrets
from pathlib import Path

from config.local.postgres import URL_VARIABLES

#: Django's and our own secrets: the name of the variable, and how many random bytes it holds.
SECRETS = {"SECRET_KEY": 48, "KEYSTORE_PASSWORD": 32}
#: What the tests say to the simulated Stripe, whose address each test has of its own; nothing answers at this one.
PROCESSOR = {
    "STRIPE_API_HOST": "http://127.0.0.1:9",
    "STRIPE_SECRET_KEY": "sk_test_sandbox" + "T" * 24,
    "STRIPE_WEBHOOK_SECRETS": "whsec_" + "T" * 32,
    "STRIPE_ACCOUNT_ID": "acct_tests",
}


def fresh() -> dict[str, str]:
    """Return new random values: `SECRETS` by variable, and a password for each database role by the role's name."""
    made = {name: secrets.token_urlsafe(size) for name, size in SECRETS.items()}
    return made | {role: secrets.token_urlsafe(24) for role in URL_VARIABLES}


def kept(path: Path) -> dict[str, str]:
    """Return the values in the file at `path`, ``NAME=value`` a line, after adding those it lacks."""
    text = path.read_text() if path.exists() else ""
    values = dict(line.split("=", 1) for line in text.splitlines() if line)
    complete = fresh() | values
    if complete != values:
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text("".join(f"{name}={value}\n" for name, value in complete.items()))
        unfinished.rename(path)
    return complete


def secret_variables(values: dict[str, str]) -> dict[str, str]:
    """Return the part of `values` that goes into the environment as it is."""
    return {name: values[name] for name in SECRETS}


def passwords(values: dict[str, str]) -> dict[str, str]:
    """Return the part of `values` that maps database roles to passwords."""
    return {role: values[role] for role in URL_VARIABLES}
