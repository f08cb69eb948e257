"""How matches of credential patterns are judged."""

import base64
import binascii
import re
from typing import Final

from accounts.key_format import is_well_formed
from promptguard.detectors.patterns import Candidate
from promptguard.detectors.secrets.placeholders import (
    bits,
    changes,
    is_code,
    is_long_random,
    is_made_of_words,
    is_stand_in,
    looks_random,
    names_stand_in,
)

PROVIDER: Final = 0.99
CONTEXT: Final = 0.85
PASSWORD: Final = 0.8
_NO_PASSWORDS: Final = """
    string str text varchar char bytes int integer bool boolean true false none null nil undefined required optional
    hidden secret password passwd empty default value input field type object any void static public private const var
    let invalid incorrect wrong missing changed reset expired correct protected encrypted hashed stored unknown weak
    strong what how why when where the your their our his her not too very and with for from admin user username
"""
_TYPES: Final = frozenset(_NO_PASSWORDS.split())


def judge_format(candidate: Candidate) -> float:
    """Judge a match of a provider's own format: anything but a placeholder."""
    value = candidate.value
    return 0.0 if names_stand_in(value) and not is_long_random(value) else PROVIDER


def judge_shapeless(candidate: Candidate) -> float:
    """Judge a format with little of its own: the value must look random too."""
    value = candidate.value
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return PROVIDER if mixed and looks_random(value.lstrip("=")) else 0.0


def judge_jwt(candidate: Candidate) -> float:
    """Judge a JSON Web Token: its header must decode to an object with an algorithm."""
    header = candidate.value.split(".", 1)[0]
    try:
        raw = base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))
    except binascii.Error:
        return 0.0
    return PROVIDER if raw.lstrip().startswith(b"{") and b'"alg"' in raw else 0.0


def judge_own_key(candidate: Candidate) -> float:
    """Judge one of our own keys by its checksum."""
    return 1.0 if is_well_formed(candidate.value) else 0.0


def judge_assigned(candidate: Candidate) -> float:
    """Judge a value assigned to a name that says "key" or "token", or names a provider."""
    value = candidate.value.rstrip(".,;:'\"`\\")
    if is_code(value) and not any(map(str.isdigit, value)):
        return 0.0
    if re.match(r"(?i)https?:|www\.|\d{4}-\d\d-\d\d|[\d.,:-]+$", value) and not re.fullmatch(r"\d{15,}", value):
        return 0.0
    if value.startswith("//") or (sum(map(str.isdigit, value)) < 2 and changes(value) < 0.3):
        return 0.0
    return CONTEXT if looks_random(value) else 0.0


def judge_password(candidate: Candidate) -> float:
    """Judge what follows "password:" or "password is": no word of a sentence, no placeholder, no code."""
    value = candidate.value.strip("\"'`.,;)")
    lower = value.lower()
    if len(value) < 4 or lower in _TYPES or is_stand_in(value) or (is_code(value) and not _is_dense(value)):
        return 0.0
    assigned = candidate.text[max(0, candidate.start - 3) : candidate.start].strip()[-1:] in {":", "=", '"', "'", "`"}
    if value.isalpha():
        return PASSWORD if assigned and not is_made_of_words(value) and bits(value) > 2.5 and len(value) >= 7 else 0.0
    if value.isdigit():
        return PASSWORD if assigned or len(value) >= 4 else 0.0
    signs = not value.isalnum() and len(value) >= 8 and assigned
    return PASSWORD if any(map(str.isdigit, value)) or signs else 0.0


def _is_dense(value: str) -> bool:
    """Tell whether `value` mixes digits, cases and signs as only a password does."""
    kinds = (str.isdigit, str.isupper, str.islower)
    return all(any(map(kind, value)) for kind in kinds) and not value.isalnum() and "(" not in value


def judge_url_password(candidate: Candidate) -> float:
    """Judge the password inside an address."""
    value = candidate.value
    return 0.0 if is_stand_in(value) or value.lower() in _TYPES | {"pass", "pwd"} else CONTEXT


def judge_basic(candidate: Candidate) -> float:
    """Judge what follows "Basic": it must decode to a name, a colon and a password."""
    try:
        raw = base64.b64decode(candidate.value + "=" * (-len(candidate.value) % 4))
    except binascii.Error:
        return 0.0
    return PROVIDER if b":" in raw and raw.isascii() else 0.0
