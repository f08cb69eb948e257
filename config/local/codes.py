"""``python -m config.local.codes``: everybody of the demonstration, every key, and the one-time codes of now."""

import base64
import os
import sys
from typing import Any

from django_otp.oath import totp

from config.local import demo, welcome

PASSKEYS = """These people sign in with a password and a one-time code. Owners, admins, security and finance are excused
from their passkey for 30 days; whoever adds one (under Security, any browser can) uses it from then on."""


def main() -> int:
    try:
        description = welcome.read(demo.var_directory(os.environ))
    except FileNotFoundError:
        sys.stderr.write("There is no demonstration yet: make run\n")
        return 2
    welcome.say(everybody(description))
    return 0


def everybody(description: dict[str, Any]) -> str:
    """Return each organisation with its people, their one-time codes of this half minute, and its keys."""
    lines = [PASSKEYS]
    for organization in description["organizations"]:
        lines.append(organization["name"])
        for person in organization["people"]:
            secret = person["totp_secret"]
            code = f"one-time code {_code(secret)}" if secret else "no second factor"
            lines.append(f"  {person['role']:<16} {person['email']}   {person['password']}   {code}")
        lines += [f"  {name + ' key':<16} {key}" for name, key in organization["keys"].items()]
    lines.append("Tidegate's own finance staff, at /desk/: they add a passkey first")
    for person in description.get("finance", []):
        lines.append(
            f"  {'finance':<16} {person['email']}   {person['password']}   one-time code {_code(person['totp_secret'])}"
        )
    return "\n".join(lines)


def _code(secret: str) -> str:
    padded = secret + "=" * (-len(secret) % 8)
    return f"{totp(base64.b32decode(padded, casefold=True)):06d}"


if __name__ == "__main__":
    sys.exit(main())
