"""Tell credentials from what only stands in for one, and random-looking text from words."""

import math
import re
from collections import Counter
from typing import Final

from promptguard.normalise.vocabulary import words

LEAST_BITS: Final = 3.0  # Shannon entropy a character that a random value of 16 and more has
LEAST_BITS_HEX: Final = 2.7
_STAND_INS: Final = re.compile(
    r"(?i)example|placeholder|your[-_ ]?|my[-_]?(?:secret|token|key|pass)|insert|change[-_ ]?me|redacted"
    r"|dummy|sample|todo|fixme"
    r"|replace|xxxx|\*{3}|\.{3}|<[^>]*>|\$\{|\$\(|\{\{|%s|\$[A-Z_]{3,}|0{8}|1{8}|a{8}|123456789|abcdefg"
    r"|deadbeef|not[-_]?a[-_]?real"
    r"|fake|_here|foobar|lorem|n/?a$|none$|null$|undefined$|secret_?key$|api_?key$|password$|token$|env\b"
    r"|getenv|process\."
)
_CODE: Final = re.compile(
    r"[()\[\]{}<>]|::|->|^self\.|^os\.|^\w+\.\w+\.\w+$|^[A-Z][A-Z0-9_]{3,}$|^[a-z]+(?:[A-Z][a-z]+)+$"
    r"|^[a-z]+(?:_[a-z]+)+$"
)
_CLASS_CHANGE: Final = re.compile(r"(?<=\d)(?=\D)|(?<=\D)(?=\d)|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[a-z])")
_WORD_PARTS: Final = re.compile(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])")


def names_stand_in(value: str) -> bool:
    """Tell whether `value` holds the words, masks or variables of a placeholder."""
    return bool(_STAND_INS.search(value))


def is_stand_in(value: str) -> bool:
    """Tell whether `value` is a placeholder, or too uniform to be anything else."""
    return names_stand_in(value) or len(set(value)) <= max(2, len(value) // 12)


def is_long_random(value: str) -> bool:
    """Tell whether `value` is so long and mixed that a stand-in's letters in it are chance."""
    return len(value) >= 48 and bits(value) >= 3.0


def is_code(value: str) -> bool:
    """Tell whether `value` reads like an expression or a name in a program."""
    return bool(_CODE.search(value))


def bits(value: str) -> float:
    """Return the Shannon entropy of `value` in bits a character."""
    total = len(value)
    return -sum(count / total * math.log2(count / total) for count in Counter(value).values())


def changes(value: str) -> float:
    """Return which share of neighbouring characters differ in class: digits, small and capital letters.

    A third to a half of generated ones do, a tenth of those of words and names.
    """
    return len(_CLASS_CHANGE.findall(value)) / len(value)


def is_made_of_words(value: str) -> bool:
    """Tell whether most letters of `value` belong to common words."""
    parts = [part.lower() for part in _WORD_PARTS.split(value) if part]
    known = sum(len(part) for part in parts if len(part) > 2 and part in words())
    letters = sum(map(len, parts))
    return letters > 0 and known / letters > 0.6


def looks_random(value: str) -> bool:
    """Tell whether `value` reads like generated characters: mixed, of high entropy, no words."""
    if len(value) < 10 or is_stand_in(value) or is_made_of_words(value):
        return False
    kinds = sum((any(map(str.isdigit, value)), any(map(str.islower, value)), any(map(str.isupper, value))))
    hexadecimal = all(char in "0123456789abcdefABCDEF-" for char in value)
    if kinds < 2 and not (value.isdigit() and len(value) >= 15):
        return False
    return bits(value) >= min(LEAST_BITS_HEX if hexadecimal else LEAST_BITS, math.log2(len(value)) * 0.8)
