"""Contact details: e-mail addresses, telephone numbers, postal addresses."""

import re
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException

from audit.reasons import Reason
from promptguard.detectors.patterns import Candidate, Pattern
from promptguard.detectors.pii.judging import LIKELY, STRONG, SURE, WEAK

# Regions whose national formats are tried for a number that no plus sign and no word announces.
REGIONS: Final = ("GB", "FR", "DE", "IT", "ES", "AU", "NL", "BE", "CH", "IN", "BR", "JP", "KR", "ZA", "PL", "SE", "IE")
_ROLES: Final = """
    support info help sales contact admin noreply no-reply donotreply hello office team press media jobs careers
    billing abuse postmaster webmaster security privacy legal feedback marketing hr service services customerservice
    enquiries inquiries orders newsletter root user username name you your yourname youremail email mail someone test
    foo bar example me recipient sender mailer-daemon git
"""
ROLES: Final = frozenset(_ROLES.split())
RESERVED_DOMAINS: Final = (".test", ".invalid", ".localhost", ".example", "example.com", "example.org", "example.net")
_PHONE_WORDS: Final = re.compile(
    r"\b(?:(?:tele|cell)?phones?|tel|mobile|cell|call(?:ed|ing|s)?|whatsapp|sms|texts?|fax|dial|ring"
    r"|reach(?:ed)?|contact|desk|office"
    r"|home|work|my number|messages?|registered|telefono?|teléfono|téléphone|handy|celular|móvil|portable"
    r"|voicemail|hotline"
    r"|landline|answering|telefon|mobil|numero|número|rufnummer)\b|手机|手機|携帯|휴대폰|電話|电话|전화|тел|هاتف|फ़ोन"
)
_NOT_PHONE_WORDS: Final = (
    *("order", "invoice", "isbn", "account", "card", "version", "ticket", "case number", "zip", "postal", "passport"),
    *(
        "licen",
        "ssn",
        "social security",
        "serial",
        "tracking",
        "reference",
        "routing",
        "iban",
        "id:",
        "id number",
        "ip ",
    ),
)
_LETTER: Final = r"A-Za-z0-9\xc0-\xff"
_EMAIL: Final = rf"[{_LETTER}._%+'-]*[{_LETTER}_+]@(?:[{_LETTER}](?:[{_LETTER}-]*[{_LETTER}])?\.)+[A-Za-z]{{2,24}}\b"
_AT, _DOT = (
    r"\s*(?:\(at\)|\[at\]|\{at\}|<at>)\s*|\s+@\s*|@\s+",
    r"\s*(?:\(dot\)|\[dot\]|\{dot\}|<dot>)\s*|\s+dot\s+|\s?\.\s?",
)
_BROKEN_EMAIL: Final = (
    rf"(?i)\b[A-Z0-9._%+-]+(?:{_AT}|\s+at\s+)[A-Z0-9-]+(?:(?:{_DOT})[A-Z0-9-]+)*"
    rf"(?:{_DOT})(?:com|org|net|edu|gov|io|co|uk|de|fr|es|it|nl|eu|us|info|ai|dev|me)\b"
)
_BROKEN_TRIGGER: Final = r"(?i)[\(\[{<](?:at|dot)[\)\]}>]|\s@|@\s|\bat\s+[a-z0-9-]+\s+dot\s"
_PHONE: Final = r"(?:\+|\b00)?\(?\d(?:[ ()./-]{0,4}\d){5,24}(?:\s*(?:x|ext\.?)\s*\d{1,6})?"
_EXTENSION: Final = re.compile(r"\s*(?:x|ext\.?)\s*\d{1,6}$")
_NANP: Final = re.compile(r"(?:(?:\+|00)?1[-. ]?)?(?:\(\d{3}\)[-. ]{0,2}|\d{3}[-. ]{1,2})\d{3}[-. ]\d{4}")
_NO_PHONE: Final = re.compile(
    r"(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}.*|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2})(?: .*)?"  # dates
    r"|(?:1[0-9]|20)\d\d ?[-/]? ?(?:1[0-9]|20)\d\d"  # spans of years
    r"|\d+\.\d+|1[67]\d{8}"  # decimals; seconds since 1970
)


def judge_email(candidate: Candidate) -> float:
    """Judge an address by whose it is: a person's is `SURE`, a desk's or a placeholder is `WEAK`."""
    local, _, domain = candidate.value.lower().rpartition("@")
    if local.strip(".'") in ROLES or local.startswith(("noreply", "no-reply", "your")):
        return WEAK
    return LIKELY if domain.endswith(RESERVED_DOMAINS) else SURE


def _judge_broken_email(candidate: Candidate) -> float:
    words = candidate.value.split()
    return 0.0 if len(words) > 8 else LIKELY


def judge_phone(candidate: Candidate) -> float:
    """Judge a run of digits and separators as a telephone number."""
    value = candidate.value
    if value[-1].isdigit() and any(mark in value for mark in "xXtT"):
        value = _EXTENSION.sub("", value)
    count = sum(map(str.isdigit, value))
    if not 6 <= count <= 15 or not _is_apart(candidate) or _NO_PHONE.fullmatch(value):
        return 0.0
    abroad = value.startswith(("+", "00"))
    if abroad and _is_valid(value, None):
        return SURE
    announced = bool(_PHONE_WORDS.search(f"{candidate.before} | {candidate.after}".replace("_", " ")))
    if any(word in candidate.before[-28:] for word in _NOT_PHONE_WORDS) and "phone" not in candidate.before[-16:]:
        return 0.0
    if _NANP.fullmatch(value):
        return _nanp(value, announced)
    if announced:
        return LIKELY if abroad or (count <= 13 and _is_grouped(value, count)) else 0.0
    return LIKELY if value[0] in "0(" and not value.isdigit() and count >= 9 and _is_valid_somewhere(value) else 0.0


def _nanp(value: str, announced: bool) -> float:
    if _is_valid(value, "US"):
        return STRONG
    return LIKELY if announced else 0.55


def _is_apart(candidate: Candidate) -> bool:
    left, right = candidate.text[max(0, candidate.start - 2) : candidate.start], candidate.text[candidate.end :][:2]
    glued = left[-1:].isalnum() or left[-1:] in {"$", "€", "£", "_", "/", "=", "#", "."} or right[:1].isalpha()
    return not glued and not (
        right[:1].isdigit()
        or right[:1] in {"%", "_", "/"}
        or (right[:1] in {".", ",", "-", ":"} and right[1:].isdigit())
    )


def _is_grouped(value: str, count: int) -> bool:
    """Tell whether a national number is written like one: some separator, or nine digits and more behind a zero."""
    return not value.isdigit() or (count >= 9 and value[0] == "0") or count == 10


def _is_valid_somewhere(value: str) -> bool:
    return any(_is_valid(value, region) for region in REGIONS)


@lru_cache(maxsize=4096)
def _is_valid(value: str, region: str | None) -> bool:
    number = "+" + value[2:] if region is None and value.startswith("00") else value
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except NumberParseException:
        return False


def patterns() -> list[Pattern]:
    """Return the patterns of contact details but postal addresses."""
    reason = Reason.PII_CONTACT
    return [
        Pattern("EMAIL", _EMAIL, reason, judge_email, trigger="[^ ]@[^ ]"),
        Pattern("EMAIL", _BROKEN_EMAIL, reason, _judge_broken_email, trigger=_BROKEN_TRIGGER),
        Pattern("PHONE", _PHONE, reason, judge_phone, trigger=r"\d(?:[ ()./-]{0,4}\d){5}"),
    ]
