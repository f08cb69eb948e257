"""Scrambled spellings: rot13, reversed and upside-down text, leet, spaced-out letters, piled-up accents."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise
from typing import Final

import numpy as np
import re2

from promptguard.normalise.decoding import REACH, WHOLE, Piece, passages, substituted
from promptguard.normalise.encodings import rot13
from promptguard.normalise.lookalikes import UPSIDE_DOWN
from promptguard.normalise.reading import Positions, code_points, identity, text_of
from promptguard.normalise.vocabulary import TELLING, reversible, word_breaks, words

FEWEST_TELLING_WORDS: Final = 2
FEWEST_UPSIDE_DOWN: Final = 3
MOST_SEGMENTED: Final = 4_000  # letters of one spaced-out run that are cut into words; the rest is joined only
MOST_TOKENS: Final = 20_000  # leet tokens looked up one by one; beyond, every digit reads as a letter
_STRUCTURES: Final = (
    r"\b[0-9]{0,8}[n-s][0-9n-s]{15}",  # hex turned by thirteen
    r"(?:%[0-9][n-sN-S]){2}",
    r"\\[hk](?:00)?[2-7][0-9n-s]",
    r"@[a-z0-9-]+\.(?:pbz|bet|arg|rqh|vb)\b",
)
_MIRRORED: Final = (
    r"={1,2}[A-Za-z0-9+/]{15}",
    r"(?:^|[^%0-9A-Fa-f])(?:[0-9A-Fa-f]{2}%){3}",
    r";\d{2,3}#&",
    r"[0-9a-f]{2}(?:00u|x)\\",
    r"\b(?:moc|gro|ten|ude|vog|oi)\.[a-z0-9-]+@",
)
_LEET_SIGN: Final = "[0134578@$!|+]"
_SPACED: Final = r"(?:[\pL\pN][._*|/~,-]{1,3}){4}[\pL\pN]|(?:^|\s)(?:\S[ \t]{1,3}){4}\S"


def trigger_words(spellings: tuple[str, ...]) -> str:
    """Return a pattern for any of `spellings` as whole words."""
    return rf"(?i)\b(?:{'|'.join(spellings)})\b"


ROT13_TRIGGER: Final = "|".join((trigger_words(tuple(map(rot13, TELLING))), *_STRUCTURES))
REVERSED_TRIGGER: Final = "|".join((trigger_words(tuple(word[::-1] for word in reversible())), *_MIRRORED))
LEET_TRIGGER: Final = rf"[A-Za-z]{_LEET_SIGN}|{_LEET_SIGN}[A-Za-z]"
UPSIDE_DOWN_TRIGGER: Final = f"[{''.join(UPSIDE_DOWN)}]"
ACCENTS_TRIGGER: Final = r"[\x{c0}-\x{24f}\x{1e00}-\x{1eff}\x{2c60}-\x{2c7f}]"
SPACED_TRIGGER: Final = _SPACED
_LEET: Final = re.compile(
    rf"(?<![A-Za-z0-9])(?=[a-z]*{_LEET_SIGN})(?=[^a-z]*[a-z])[a-z0134578@$!|+]{{3,20}}(?![A-Za-z0-9])", re.I
)
_SIGNS: Final = frozenset(_LEET_SIGN[1:-1])
_LEET_HERE: Final = re2.compile(LEET_TRIGGER)
_TOKEN_REST: Final = re.compile(r"[A-Za-z0134578@$!|+]*")
_LONGEST_TOKEN: Final = 20
_AS_I: Final = str.maketrans("0134578@$!|+", "oieastbasilt")
_AS_L: Final = str.maketrans("0134578@$!|+", "oleastbasilt")
_RUN: Final = re.compile(
    r"(?<![^\W_])(?:[^\W_][._*|/~,-]{1,3}){4,}[^\W_](?![^\W_])|(?<!\S)(?:\S[ \t]{1,3}){4,}\S(?!\S)"
)
_SPACES: Final = re.compile(r"[ \t]+")
_SEPARATOR: Final = re.compile(r"[._*|/~,-]+")
_LETTER_RUN: Final = re.compile(r"(?<![@.])[A-Za-z]{8,}(?![@.])")
_STRUCTURED: Final = re.compile(r"[@\d_-]")
_ACCENTED: Final = re.compile(
    r"[a-z]*[\u00c0-\u024f\u1e00-\u1eff][a-z]*[\u00c0-\u024f\u1e00-\u1eff][a-z\u00c0-\u024f\u1e00-\u1eff]*", re.I
)
_TURNED: Final = str.maketrans("bqdpnu69" + "".join(UPSIDE_DOWN), "qbpdun96" + "".join(UPSIDE_DOWN.values()))
_STROKES: Final = dict(zip("øØđĐłŁħĦŧŦɨƀ", "oOdDlLhHtTib", strict=True))


@cache
def _telling(how: str) -> re2._Regexp:
    """Return the pattern of telling words (and structures) under a cipher."""
    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(ROT13_TRIGGER if how == "rot13" else REVERSED_TRIGGER, options)


def _gives_away(text: str, how: str) -> bool:
    """Tell whether `text` has two telling words under the cipher, or one structure no language has."""
    found = [match.group() for match in islice(_telling(how).finditer(text), FEWEST_TELLING_WORDS)]
    return len(found) == FEWEST_TELLING_WORDS or any(len(hit) >= 7 or not hit.isalpha() for hit in found)


def _ciphered(text: str, how: str) -> Piece | None:
    """Return `text` if it gives the cipher away; of a long one the passages that do, a line each."""
    whole = Piece(text, identity(len(text)))
    if len(text) <= WHOLE:
        return whole if _gives_away(text, how) else None
    starts = [at for at in range(0, len(text), REACH) if _gives_away(text[at : at + 2 * REACH], how)]
    places = np.array(starts, np.int64)
    return passages(whole, places - REACH, places + 3 * REACH)


def from_rot13(text: str) -> Piece | None:
    """Read text turned by thirteen, if telling words show that it was."""
    found = _ciphered(text, "rot13")
    return Piece(rot13(found.text), found.origins) if found else None


def from_reversed(text: str) -> Piece | None:
    """Read text backwards, if telling words show that it was written so."""
    found = _ciphered(text, "reversed")
    return _turned(found, np.arange(len(found.text) - 1, -1, -1)) if found else None


def from_reversed_words(text: str) -> Piece | None:
    """Read each word backwards, if telling words show that they were written so."""
    found = _ciphered(text, "reversed")
    if not found:
        return None
    spans = np.array([match.span() for match in re.finditer(r"\S+", found.text)], np.int64)
    lengths = spans[:, 1] - spans[:, 0]
    order = np.arange(len(found.text))
    inside = np.repeat(spans[:, 0] - np.cumsum(lengths) + lengths, lengths) + np.arange(int(lengths.sum()))
    order[inside] = np.repeat(spans.sum(axis=1) - 1, lengths) - inside
    return _turned(found, order)


def _turned(piece: Piece, order: Positions) -> Piece:
    """Return the characters of `piece` in `order`; the last origin is not used: mirrored views map characters."""
    return Piece(text_of(code_points(piece.text)[order]), np.append(piece.origins[order], 0))


def backwards(text: str) -> Piece:
    """Return `text` backwards; its last origin is not used, for mirrored views map characters, not borders."""
    return Piece(text[::-1], np.append(np.arange(len(text) - 1, -1, -1), 0))


def from_upside_down(text: str) -> Piece | None:
    """Read text typed with turned letters, which is also written backwards; of a long one the passages with them."""
    if sum(text.count(char) for char in UPSIDE_DOWN) < FEWEST_UPSIDE_DOWN:
        return None
    found = Piece(text, identity(len(text)))
    if len(text) > WHOLE:
        places = np.flatnonzero(np.isin(code_points(text), [ord(char) for char in UPSIDE_DOWN]))
        found = passages(found, places - REACH, places + REACH) or found
    turned = Piece(found.text.translate(_TURNED), found.origins)
    return _turned(turned, np.arange(len(turned.text) - 1, -1, -1))


def from_leet(text: str) -> Piece | None:
    """Read digits and signs as the letters they look like, in the tokens that become words."""
    if len(text) > MOST_SEGMENTED and sum(1 for _ in islice(_leet_tokens(text), MOST_TOKENS + 1)) > MOST_TOKENS:
        return Piece(text.translate(_AS_I), identity(len(text)))
    return substituted(text, _leet_tokens(text), _unleeted)


def _leet_tokens(text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of `_LEET` around signs that touch a letter: digits alone are a number."""
    done = 0
    for touching in _LEET_HERE.finditer(text.encode() if text.isascii() else text):  # of bytes, RE2 maps no offsets
        start = touching.start() + _is_letter(text[touching.start()])
        if start < done:
            continue
        while start > done and text[start - 1] in _SIGNS:
            start -= 1
        first = start
        while first > done and start - first < _LONGEST_TOKEN and _is_letter(text[first - 1]):
            first -= 1
        done = _rest_of_token(text, start)
        yield from _LEET.finditer(text, first, done + 1)


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _rest_of_token(text: str, start: int) -> int:
    rest = _TOKEN_REST.match(text, start)
    return rest.end() if rest else start


def _unleeted(match: re.Match[str]) -> str:
    """Return the word that a token spells, or the token: "Hello!" is a word already, whatever its sign looks like."""
    token = match.group()
    core = token.rstrip("!|+")
    for table in (_AS_I, _AS_L):
        word = core.translate(table).lower()
        if len(word) > 2 and word in words():
            return token if word == core.lower() else word + token[len(core) :]
    for table in (_AS_I, _AS_L):
        word = token.translate(table).lower()
        if len(word) > 3 and word in words():
            return word
    return token


def from_spaced(text: str) -> Piece | None:
    """Join letters that stand apart. Two separators part words; where none do, the vocabulary cuts them."""
    return substituted(text, _RUN.finditer(text), _despaced)


def _despaced(match: re.Match[str]) -> str:
    run = match.group()
    separator = _SPACES if " " in run or "\t" in run else _SEPARATOR
    symbols = separator.split(run)
    letters = "".join(symbols)
    if sum(map(str.isalpha, letters)) * 2 < len(letters) and not {"@", "-", "_"} & set(letters):
        return run
    gaps = list(map(len, separator.findall(run)))
    if min(gaps) < max(gaps):
        return "".join(symbol + " " * (gap > min(gaps)) for symbol, gap in zip(symbols, [*gaps, 0], strict=True))
    return _LETTER_RUN.sub(_cut_run, letters) if _STRUCTURED.search(letters) else _cut(letters)


def _cut_run(match: re.Match[str]) -> str:
    """Cut a long run of letters inside a joined number or key into words, away from the digits behind it."""
    return _cut(match.group()) + " " * match.string[match.end() : match.end() + 1].isdigit()


def _cut(letters: str) -> str:
    head, rest = letters[:MOST_SEGMENTED], letters[MOST_SEGMENTED:]
    if not head.isascii():
        return letters
    cuts = [0, *word_breaks(head), len(head)]
    return " ".join(head[start:end] for start, end in pairwise(cuts)) + rest


def from_accents(text: str) -> Piece | None:
    """Read Latin letters without accents, if at least two words are thick with them."""
    thick = [word for word in islice(map(re.Match.group, _ACCENTED.finditer(text)), 64) if _is_thick(word)]
    if len(thick) < 2:
        return None
    return Piece(text.translate(_accentless()), identity(len(text)))


def _is_thick(word: str) -> bool:
    return sum(not char.isascii() for char in word) * 3 >= len(word)


@cache
def _accentless() -> dict[int, str]:
    """Return the bare letter of each accented Latin one."""
    table = {ord(char): bare for char, bare in _STROKES.items()}
    for point in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        bare = unicodedata.normalize("NFD", chr(point))[0]
        if bare.isascii():
            table[point] = bare
    return table
