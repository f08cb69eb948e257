"""Tokens that stand for the processor's ids of people and cards: ``v1~<key id>~<base64(SIV || ciphertext)>``.

AES-SIV (RFC 5297) is deterministic: the same id makes the same token, so that uniqueness, joins and lookups go on
working. What it gives away is therefore equality, and nothing else. The alphabet has no underscore: an id that is found
in a dump is a plain one.
"""

import base64
import hashlib
import re
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tenants.encryption import SealBroken

_ALTERNATIVE = b"-."
KINDS = ("cus", "pm", "card", "src", "ba", "seti", "mandate")
"""Ids of customers, of ways to pay and of what leads to one; charges, invoices and disputes stay plain by choice."""
ID = re.compile(rf"(?:{'|'.join(KINDS)})_[A-Za-z0-9_]+")
#: An id inside a text. A code such as ``card_declined`` is none: an id has a digit or a capital, or is long.
_HIDDEN = re.compile(
    rf"(?:{'|'.join(KINDS)})_(?:[A-Za-z0-9]{{14,}}|(?=[a-z]*[0-9A-Z])[A-Za-z0-9]{{4,}})(?:_secret_[A-Za-z0-9]+)?"
    r"|pi_[A-Za-z0-9]+_secret_[A-Za-z0-9]+"
)
TOKEN = re.compile(r"v1~[0-9a-f]{8}~[A-Za-z0-9.=-]+")


def seal_id(plain: str) -> str:
    """Return the token of an id under the present key."""
    return _sealed(settings.SECRET_KEY, plain)


def forms(plain: str) -> list[str]:
    """Return the tokens of an id under the present key and those being retired, to look a row up by."""
    return [_sealed(secret, plain) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def open_id(token: str) -> str:
    """Return the id of a token; raises `SealBroken`."""
    _, key_id, encoded = token.split("~")
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        known, cipher = _cipher(secret)
        if known == key_id:
            try:
                return cipher.decrypt(base64.b64decode(encoded, _ALTERNATIVE), [_associated(key_id)]).decode()
            except InvalidTag as error:
                raise SealBroken("The token was altered.") from error
    raise SealBroken("The token was made under a key that is not known here.")


def hide(text: str) -> str:
    """Return a text with a token in the place of each id, and of each secret of an intent."""
    return _HIDDEN.sub(lambda found: seal_id(found[0]), text)


def show(text: str) -> str:
    """Return a text with each token opened."""
    return TOKEN.sub(lambda found: open_id(found[0]), text)


def renew(text: str) -> str:
    """Return a text whose tokens are all of the present key."""
    return TOKEN.sub(lambda found: seal_id(open_id(found[0])), text)


def present_mark() -> str:
    """Return how a token of the present key begins."""
    return f"v1~{_cipher(settings.SECRET_KEY)[0]}~"


def _sealed(secret: str, plain: str) -> str:
    key_id, cipher = _cipher(secret)
    sealed = cipher.encrypt(plain.encode(), [_associated(key_id)])
    return f"v1~{key_id}~{base64.b64encode(sealed, _ALTERNATIVE).decode()}"


def _associated(key_id: str) -> bytes:
    return f"tidegate.vault|v1|{key_id}".encode()


@lru_cache(maxsize=4)
def _cipher(secret: str) -> tuple[str, AESSIV]:
    key = HKDF(algorithm=SHA256(), length=64, salt=None, info=b"tidegate.vault.v1").derive(secret.encode())
    return hashlib.sha256(key).hexdigest()[:8], AESSIV(key)
