"""The written form of an API key: ``tg_<environment>_<secret><checksum>``.

The secret is 32 base-62 characters (190 bits); the checksum is the CRC-32 of everything before it as six base-62
characters, so that a scanner can tell a real key from a look-alike without asking us (the idea is GitHub's, 2021).
"""

import re
import secrets
import string
import zlib

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_LENGTH = 32
CHECKSUM_LENGTH = 6
PATTERN = rf"tg_(?:live|test)_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}"
_WHOLE = re.compile(PATTERN, re.ASCII)


def generate(environment: str) -> str:
    """Return a new key for `environment` (``live`` or ``test``)."""
    secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    body = f"tg_{environment}_{secret}"
    return body + checksum(body)


def is_well_formed(key: str) -> bool:
    """Tell whether `key` has the form of a key and its checksum agrees."""
    return _WHOLE.fullmatch(key) is not None and checksum(key[:-CHECKSUM_LENGTH]) == key[-CHECKSUM_LENGTH:]


def checksum(body: str) -> str:
    """Return the six base-62 characters that end a key whose other characters are `body`."""
    number = zlib.crc32(body.encode())
    digits = []
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
