"""Cards, bank accounts and wallets.

Cards take Luhn's check digit **and** a brand's range and length (ISO/IEC 7812 issuer ranges as the brands publish
them). Any grouping is read, for people break numbers to slip them past; odd groupings need a word such as "card".
"""

import re
from hashlib import sha256
from typing import Final

from stdnum.us import rtn

from audit.reasons import Reason
from billing.cards.ranges import Ranges, issuer, passes_luhn
from promptguard.detectors.patterns import Candidate, Pattern
from promptguard.detectors.pii.judging import LIKELY, STRONG, SURE, always, any_of, compact, identified, named, whole

_RARE: Final[Ranges] = (
    ("Maestro", 500000, 509999, (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro, Verve, Elo
    ("Maestro", 560000, 589999, (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro
    ("Maestro", 600000, 699999, (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro, RuPay
    ("RuPay", 810000, 829999, (16,)),  # RuPay
    ("JCB", 350000, 359999, (16,)),  # JCB's whole block
    ("Maestro", 60400, 60499, (12,)),  # written with a leading zero by some generators of Maestro numbers
)
_CARD_WORDS: Final = (
    *(
        "card",
        "credit",
        "debit",
        "visa",
        "mastercard",
        "amex",
        "american express",
        "maestro",
        "discover",
        "diners",
        "jcb",
    ),
    *(
        "cc ",
        "cc:",
        "cvv",
        "cvc",
        "exp",
        "karte",
        "tarjeta",
        "carte",
        "carta",
        "cartão",
        "kaart",
        "kort",
        "карт",
        "カード",
    ),
    *(
        "卡",
        "카드",
        "بطاقة",
        "pan ",
        "kreditkarten",
        "pay",
        "charge",
        "billed",
        "account",
        "limit",
        "statement",
        "lost",
    ),
)
_USUAL_GROUPS: Final = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 1), (6, 13), (8, 8)})
_CARD: Final = r"\d(?:[ .\xa0\t\n/_-]{0,3}\d){11,18}"
_IBAN_LENGTHS: Final = {
    code: int(length)
    for code, length in re.findall(
        r"([A-Z]{2})(\d+)",
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 "
        "FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 "
        "LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SD18 "
        "SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20",
    )
}
_IBAN: Final = r"\b[A-Za-z]{2}[ -]?\d{2}(?:[ .\n-]?[A-Za-z0-9]){11,30}"
_IBAN_START: Final = r"\b[A-Za-z]{2}[ -]?\d{2}[ .\n-]?[A-Za-z0-9]{2}"
_LABEL: Final = r"(?:\s*(?:number|no\.?|nr\.?|#|num))?(?:\s+(?:is|was))?\s*[:#=]?\s*"
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def judge_card(candidate: Candidate) -> float:
    """Judge 12 to 19 digits: brand, Luhn, and grouping or context."""
    digits = re.sub(r"\D", "", candidate.value)
    if not passes_luhn(digits) or not _is_apart(candidate) or digits.count(digits[0]) == len(digits):
        return 0.0
    announced = candidate.near(_CARD_WORDS)
    common, rare = issuer(digits), issuer(digits, _RARE)
    groups = tuple(len(group) for group in re.findall(r"\d+", candidate.value))
    if announced and (common or rare):
        return SURE
    usual = len(groups) == 1 or groups in _USUAL_GROUPS or len(set(groups)) == 1
    return STRONG if common and usual else 0.0


def _is_apart(candidate: Candidate) -> bool:
    """Letters and colons may touch a card number, further digits may not."""
    left, right = candidate.text[max(0, candidate.start - 2) : candidate.start], candidate.text[candidate.end :][:2]
    return not (left[-1:].isdigit() or right[:1].isdigit() or (left[-1:] in {".", "-"} and left[:1].isdigit()))


def iban_length(value: str) -> int:
    """Return how many characters of `value` are a valid IBAN (ISO 13616: the country's length, modulo 97), or 0."""
    wanted = _IBAN_LENGTHS.get(compact(value[:4])[:2], 0)
    taken, length = [], 0
    for place, char in enumerate(value):
        if char.isalnum():
            taken.append(char.upper())
            length = place + 1
        if len(taken) == wanted:
            break
    if len(taken) != wanted or not wanted:
        return 0
    number = "".join(taken[4:] + taken[:4])
    return length if number.isascii() and int("".join(str(int(char, 36)) for char in number)) % 97 == 1 else 0


def _judge_iban(candidate: Candidate) -> float:
    return SURE if candidate.value and not candidate.text[candidate.end : candidate.end + 1].isalnum() else 0.0


def is_base58check(address: str) -> bool:
    """Check a Bitcoin address by the four bytes of double SHA-256 at its end."""
    number = 0
    for char in address:
        number = number * 58 + _BASE58.index(char)
    raw = number.to_bytes(25) if number < 1 << 200 else b""
    return bool(raw) and sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def _judge_bitcoin(candidate: Candidate) -> float:
    return STRONG if is_base58check(candidate.value) else 0.0


def patterns() -> list[Pattern]:
    """Return the patterns of financial identifiers."""
    reason = Reason.PII_FINANCIAL
    account = r"(?i)\b(?:bank account|account|acct|a/c|konto|cuenta|compte)" + _LABEL + r"(\d[\d -]{5,18}\d)\b"
    return [
        Pattern("CARD", _CARD, reason, judge_card),
        Pattern("IBAN", _IBAN, reason, _judge_iban, trigger=_IBAN_START, trim=iban_length),
        Pattern("BANK_ACCOUNT", account, reason, named(lambda number: len(compact(number)) >= 7, LIKELY), 1),
        Pattern(
            "US_ROUTING",
            whole(r"\d{9}"),
            reason,
            identified(rtn.is_valid, ("routing", "aba")),
            1,
            any_of(("routing", "aba")),
        ),
        Pattern("UK_SORT_CODE", r"(?i)\bsort code" + _LABEL + r"(\d{2}[- ]?\d{2}[- ]?\d{2})\b", reason, named(), 1),
        Pattern(
            "SWIFT",
            r"\b(?i:swift|bic)(?i: code)?[\s:=#/]{1,4}([A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)\b",
            reason,
            named(score=LIKELY),
            1,
        ),
        Pattern("CRYPTO_WALLET", r"\b[13][1-9A-HJ-NP-Za-km-z]{25,34}\b", reason, _judge_bitcoin),
        Pattern("CRYPTO_WALLET", r"\bbc1[02-9ac-hj-np-z]{11,71}\b", reason, identified(always, (), STRONG)),
        Pattern("CRYPTO_WALLET", r"\b0x[0-9a-fA-F]{40}\b", reason, identified(always, (), STRONG)),
        Pattern("CRYPTO_WALLET", r"\bT[1-9A-HJ-NP-Za-km-z]{33}\b", reason, _judge_bitcoin),
        Pattern(
            "CARD_SECURITY_CODE",
            r"(?i)\b(?:cvv2?|cvc2?|security code|card code)" + _LABEL + r"(\d{3,4})\b",
            reason,
            named(),
            1,
        ),
    ]
