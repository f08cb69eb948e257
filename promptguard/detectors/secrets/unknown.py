"""Credentials of formats that no table knows: generated characters where a credential stands.

A run of characters counts as generated when its longest piece changes between digits, small and capital letters as
often as chance does and holds no words. What tells a credential from a hash, an identifier or encoded data is the
place: a name it is assigned to, words such as "credential" or "401" around it, or a prefix as providers put in front.
Hexadecimal digits alone are somebody's hash unless a word beside them says otherwise.
"""

import re
from typing import Final

from promptguard.detectors.patterns import Candidate
from promptguard.detectors.secrets.placeholders import bits, changes, is_made_of_words, names_stand_in

KIND: Final = "unknown-credential"
TRIGGER: Final = r"[0-9A-Za-z_+/.~-]{18}"
RUN: Final = r"[0-9A-Za-z_+/.~-]{18,400}={0,2}"
UNKNOWN: Final = 0.6
LEAST_CORE: Final = 14  # characters of the longest piece
MOST_CORE: Final = 80  # of it that are looked at
LEAST_UNNAMED: Final = 20  # of it, where only an operator or a prefix speaks for a credential
CHANGES: Final = 0.22  # of neighbouring characters that are of different classes; in words a tenth are
_PIECES: Final = re.compile(r"[^0-9A-Za-z+/]+")
_HEX: Final = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_SAYS_SECRET: Final = re.compile(
    r"secret|token|api.?key|access.?key|credential|passw|passphrase|\bauth|bearer|\bkeys?\b|private key|\b401\b|\b403\b"
    r"|unauthori[sz]ed|forbidden|leaked|\brotate|revoke|\.env\b|\bexport\b|my config|hardcoded|todo remove|login"
)
_SAYS_OTHER: Final = re.compile(
    r"(?:sha-?\d*|h1|md5|hash(?:es)?|digest|checksum|integrity|commit|rev(?:ision)?|e-?tag|uuid|guid|\bids?|version|build"
    r"|fingerprint|nonce|src|href|ur[il]|image|img|file(?:name)?|path|sku|model|serial|address|wallet|tx(?:id)?|block"
    r"|transaction|base64|decode|class(?:name)?|tracking|order|iban|vin|isbn|resolved|layer|cursor|session)"
    r"[\s\"'`]*(?:[:=,>]|is|of)*[\s\"'`]*$"
)
_ASSIGNED: Final = re.compile(r"[\w\"'`\])][\s\"'`]*(?:=>|:{1,3}=|\?=|\|\||[=:>,])+[\s\"'`=]*$")
_NO_PREFIXES: Final = """
    id req msg chatcmpl run thread asst user cus price prod evt img css sha sha1 sha256 sha384 sha512 md5 etag build
    commit rev file call toolu resp acct org proj team batch ch pi pm sub in txn seti si cs item obj node session trace
    span pod image layer sku uuid doc page post order job task step release v pk h1
"""
_PREFIX: Final = re.compile(r"([A-Za-z][0-9A-Za-z]{1,11})[_-]")
_IDS: Final = frozenset(_NO_PREFIXES.split())


def judge_unknown(candidate: Candidate) -> float:
    """Judge a run of characters by what it is made of and where it stands."""
    value = candidate.value.strip("=._~-+/")
    core = max(_PIECES.split(value), key=len)[:MOST_CORE]
    before = candidate.before
    if len(core) < LEAST_CORE or _SAYS_OTHER.search(before):
        return 0.0
    named = bool(_SAYS_SECRET.search(f"{before} | {candidate.after[:40]}"))
    if not named and (len(core) < LEAST_UNNAMED or _HEX.fullmatch(core) or not _is_put_forward(before, value)):
        return 0.0
    if not _is_generated(core) or names_stand_in(value) or _is_in_address(candidate) or is_made_of_words(core):
        return 0.0
    return UNKNOWN


def _is_put_forward(before: str, value: str) -> bool:
    """Tell whether `value` is assigned to something, or has a prefix of its own."""
    return bool(_ASSIGNED.search(before)) or _has_prefix(value)


def _is_generated(core: str) -> bool:
    """Tell whether `core` is mixed and as changeable as generated characters."""
    if sum(map(str.isdigit, core)) < 2 or sum(map(str.isalpha, core)) < 4:
        return False
    return changes(core) >= CHANGES and bits(core) >= 2.9


def _has_prefix(value: str) -> bool:
    """Tell whether a provider's prefix stands in front: letters and a hyphen or underscore, no common kind of id."""
    match = _PREFIX.match(value)
    return match is not None and match[1].lower() not in _IDS


def _is_in_address(candidate: Candidate) -> bool:
    """Tell whether the run belongs to a web address, a path or encoded data."""
    lead = re.split(r"\s", candidate.text[max(0, candidate.start - 200) : candidate.start])[-1]
    if "://" in lead or "base64," in lead or "www." in candidate.value or candidate.value.startswith("//"):
        return True
    return lead.endswith(("/", "\\", "@", "#", "0x"))
