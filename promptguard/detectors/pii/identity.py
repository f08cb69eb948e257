"""Marks of a person that are no government's: birth dates, ages, user and employee numbers, plates."""

import re
from typing import Final

from audit.reasons import Reason
from promptguard.detectors.patterns import Candidate, Pattern
from promptguard.detectors.pii.judging import LIKELY, STRONG, named

_MONTH: Final = (
    r"(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|f[e\xe9]vrier|m[a\xe4]r(?:ch|z|s)?|apr(?:il)?|avril"
    r"|ma[iy]|june?|juni?|juin|july?|juli"
    r"|juillet|aug(?:ust)?|ao[u\xfb]t|sep(?:t|tember)?|septembre|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?"
    r"|de[cz](?:ember|embre)?"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\.?"
)
_DATE: Final = (
    rf"(?:\d{{1,2}}\s?[-/.]\s?(?:\d{{1,2}}|{_MONTH})\s?[-/.]\s?(?:\d{{4}}|\d{{2}})|(?:19"
    rf"|20)\d{{2}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?{_MONTH},?\s+(?:de\s+)?(?:19|20)\d{{2}}"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)\d{{2}}|(?:19|20)\d{{2}}\xe5\d{{1,2}}|(?:19|20)\d{{6}})"
)
_BORN: Final = (
    r"(?i)\b(?:d\.?o\.?b\.?|date[ _]of[ _]birth|birth[ _-]?da(?:te|y)|born(?: on)?|geburtsdatum|geboren(?: am"
    r"| op)?|fecha de nacimiento"
    r"|nacid[oa](?: el)?|naci|date de naissance|n[\xe9e]e?(?: le)?|data di nascita|nat[oa](?: il)?"
    r"|data de nascimento|geboortedatum"
    r"|f\xf6delsedatum|f\xf8dselsdato|bday)(?:['?]s)?(?:\s*\([^)\n]{0,16}\))?(?:\s+(?:is|was|on|the))*"
    r"\s*[:=(>|\"'-]*\s*[\"']?"
)
_PLATE: Final = (
    r"(?i)\b(?:licen[cs]e plate|number plate|plate number|vehicle registration|registration plate"
    r"|kennzeichen)(?:\s+(?:number|is|no\.?))*\s*[:#]?\s*([A-Z0-9](?:[ -]?[A-Z0-9]){3,8})\b"
)
_VIN: Final = r"\b[A-HJ-NPR-Z0-9]{17}\b"
_AGE: Final = (
    r"(?i)\b(?:(?:i am|i'm|aged?|he is|she is|patient is)\s+(\d{1,3})\b|(\d{1,3})[ -]?(?:years?[ -]old"
    r"|y/o|yo\b|year old))"
)
_STAFF: Final = (
    r"(?i)\b(?:employee|staff|student|customer|client)\s+(?:id|number|no\.?|#)"
    r"(?:\s+is)?\s*[:#=]?\s*([A-Z]{0,4}-?\d{4,12})\b"
)
_VIN_VALUES: Final = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", "12345678123457923456789" + "0123456789", strict=True)
)
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def _has_digit(number: str) -> bool:
    return bool(re.search(r"\d", number))


def _vin(candidate: Candidate) -> float:
    """Judge a vehicle identification number by its check digit (49 CFR 565.15)."""
    if candidate.value.isdigit() or candidate.value.isalpha():
        return 0.0
    total = sum(weight * int(_VIN_VALUES[char]) for weight, char in zip(_VIN_WEIGHTS, candidate.value, strict=True))
    return LIKELY if "0123456789X"[total % 11] == candidate.value[8] else 0.0


def patterns() -> list[Pattern]:
    """Return the patterns of personal marks."""
    reason = Reason.PII_IDENTITY
    return [
        Pattern("DATE_OF_BIRTH", _BORN + f"({_DATE})", reason, named(score=STRONG), 1),
        Pattern("LICENSE_PLATE", _PLATE, reason, named(_has_digit), 1),
        Pattern("VIN", _VIN, reason, _vin),
        Pattern("PERSON_NUMBER", _STAFF, reason, named(score=0.45), 1),
    ]
