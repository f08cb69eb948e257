"""Encodings that hide text in plain sight: base64, base32, hex, binary, Morse, percent, HTML entities and escapes.

Each decoder takes a text and returns what its encoded runs say (`Piece`), or ``None``. Runs of base64, base32, hex,
binary and Morse are read out on lines of their own; percent, entity and backslash escapes are undone in place, because
they rarely cover a whole sentence.
"""

import base64
import binascii
import codecs
import html
import re
from collections.abc import Iterator
from typing import Final

import numpy as np
import re2

from promptguard.normalise.decoding import Piece, joined, readable, substituted, text_of_bytes, widths

_BASE64: Final = re2.compile(r"[A-Za-z0-9+/_-]{16,}(?:[ \t]*\r?\n[ \t]*[A-Za-z0-9+/_-]{4,})*")
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ :,;\n]{0,2}){8,}")
_HEX_HERE: Final = re2.compile(r"(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ :,;\n]{0,2}){8}")
_PLAIN_HEX: Final = re.compile(r"[0-9A-Fa-f]{16,}")
_HEX_NOISE: Final = re.compile(r"0x|[^0-9A-Fa-f]")
_BINARY: Final = re.compile(r"(?:[01]{8}[ ,\n]?){4,}")
_MORSE: Final = re.compile(r"(?:[.\-·•_]{1,6}(?:[ ]+|[ ]*[/|][ ]*)){4,}[.\-·•_]{1,6}")
_MORSE_TOKEN: Final = re.compile(r"[.\-]{1,6}|[ ]{3,}|[/|]")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?")
_ESCAPE: Final = re.compile(
    r"(?:\\|%)u([0-9a-fA-F]{4})|\\u\{([0-9a-fA-F]{1,6})\}|\\U([0-9a-fA-F]{8})"
    r"|\\x([0-9a-fA-F]{2})|[Uu]\+([0-9a-fA-F]{4,5})[ ,]?"
)
_HEX_VALUE: Final = np.full(256, -1, np.int16)
_HEX_VALUE[list(b"0123456789abcdef")] = range(16)
_HEX_VALUE[list(b"ABCDEF")] = range(10, 16)
FEWEST_HEX_DIGITS_ALONE: Final = 32  # without any letter; shorter runs are card and account numbers
FEWEST_MORSE_LETTERS: Final = 5
_MORSE_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789.,?'!/:@-=\"_()"
_MORSE_SIGNS: Final = """
    .- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..
    ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .-.-.- --..-- ..--.. .----. -.-.-- -..-. ---...
    .--.-. -....- -...- .-..-. ..--.- -.--. -.--.-
"""
_MORSE_CODE: Final = dict(zip(_MORSE_SIGNS.split(), _MORSE_LETTERS, strict=True))


def rot13(text: str) -> str:
    """Return `text` with its ASCII letters turned by thirteen."""
    return codecs.encode(text, "rot13")


def from_base64(text: str) -> Piece | None:
    """Read base64 (both alphabets, broken over lines or not) and base32 runs."""
    return joined(_each_base64(text, turned=False))


def from_turned_base64(text: str) -> Piece | None:
    """Read base64 runs that only make sense turned by rot13."""
    return joined(_each_base64(text, turned=True))


def _each_base64(text: str, *, turned: bool) -> Iterator[Piece]:
    for match in _BASE64.finditer(text):
        whole = _base64_piece(match.group(), match.start(), turned)
        if whole:
            yield whole
            continue
        at = match.start()
        for line in match.group().splitlines(keepends=True) if "\n" in match.group() else ():
            piece = _base64_piece(line, at, turned)
            at += len(line)
            if piece:
                yield piece


def _base64_piece(run: str, start: int, turned: bool) -> Piece | None:
    run_end = start + len(run)
    compact = "".join(run.split()) if "\n" in run else run
    if compact.islower():
        return None
    base32 = compact.isupper() and not turned
    raw = _debase32(compact) if base32 else _debase64(rot13(compact) if turned else compact)
    narrow = _narrow(raw or b"")
    if raw is None or not readable(narrow):
        return None
    every, per = (8, 5) if base32 else (4, 3)
    places = _solid(run, start) if len(compact) != len(run) else np.arange(start, run_end)
    source = np.arange(len(narrow)) * (len(raw) // len(narrow)) * every // per
    return text_of_bytes(narrow, np.append(places[source], run_end))


def _solid(run: str, start: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([start + place for place, char in enumerate(run) if not char.isspace()], np.int64)


def _narrow(raw: bytes) -> bytes:
    """Return UTF-16 bytes of ASCII text (PowerShell's habit) as ASCII; others unchanged."""
    return raw[::2] if len(raw) >= 8 and not any(raw[1::2]) else raw


def _debase64(run: str) -> bytes | None:
    run = run.translate({45: 43, 95: 47})
    run = run[: len(run) - (len(run) % 4 == 1)]
    try:
        return binascii.a2b_base64(run + "=" * (-len(run) % 4))
    except binascii.Error:
        return None


def _debase32(run: str) -> bytes | None:
    run = run[: len(run) // 8 * 8] if len(run) % 8 in {1, 3, 6} else run
    try:
        return base64.b32decode(run + "=" * (-len(run) % 8), casefold=True) if run else None
    except binascii.Error:
        return None


def from_hex(text: str) -> Piece | None:
    """Read runs of hexadecimal byte pairs, with or without separators and ``0x``."""
    return joined(piece for match in _each_hex(text) if (piece := _hex_piece(match.group(), match.start())))


def _each_hex(text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of `_HEX`, each looked for from where RE2 has seen that one may begin."""
    if not text.isascii():
        yield from _HEX.finditer(text)
        return
    data = text.encode()
    begin = _HEX_HERE.search(data)
    while begin and (match := _HEX.search(text, begin.start())):
        yield match
        begin = _HEX_HERE.search(data, match.end())


def _hex_piece(run: str, start: int) -> Piece | None:
    digits = _HEX_NOISE.sub("", run)
    if digits.isdigit() and len(digits) < FEWEST_HEX_DIGITS_ALONE:
        return None
    raw = bytes.fromhex(digits[: len(digits) // 2 * 2])
    if readable(raw):
        places = start + np.arange(len(raw)) * len(run) // len(raw)
        return text_of_bytes(raw, np.append(places, start + len(run)))
    return None


def from_reversed_hex(text: str) -> Piece | None:
    """Read runs of hexadecimal digits that only make sense from their end."""
    return joined(piece for match in _PLAIN_HEX.finditer(text) if (piece := _mirrored_hex(match.group(), match.end())))


def _mirrored_hex(run: str, end: int) -> Piece | None:
    raw = bytes.fromhex(run[::-1][: len(run) // 2 * 2])
    if not readable(raw) or readable(bytes.fromhex(run[: len(run) // 2 * 2])):
        return None
    places = end - 1 - np.arange(len(raw)) * 2
    return text_of_bytes(raw, np.append(places, end - len(run)))


def from_binary(text: str) -> Piece | None:
    """Read runs of eight-digit binary numbers."""
    return joined(piece for match in _BINARY.finditer(text) if (piece := _binary_piece(match.group(), match.start())))


def _binary_piece(run: str, start: int) -> Piece | None:
    digits = re.sub("[^01]", "", run)
    raw = int(digits, 2).to_bytes(len(digits) // 8) if len(digits) <= 4096 else _long_binary(digits)
    if not readable(raw):
        return None
    places = start + np.arange(len(raw)) * len(run) // len(raw)
    return text_of_bytes(raw, np.append(places, start + len(run)))


def _long_binary(digits: str) -> bytes:
    bits = np.frombuffer(digits.encode(), np.uint8) - ord("0")
    return np.packbits(bits).tobytes()


def from_morse(text: str) -> Piece | None:
    """Read runs of Morse code; ``/``, ``|`` and three spaces part words."""
    return joined(piece for match in _MORSE.finditer(text) if (piece := _morse_piece(match.group(), match.start())))


def _morse_piece(run: str, start: int) -> Piece | None:
    run = run.translate({0xB7: ".", 0x2022: ".", 0x5F: "-"})
    if " " not in run:
        run = run.translate({0x2F: " ", 0x7C: " "})
    letters, places = [], []
    for token in _MORSE_TOKEN.finditer(run):
        part = token.group()
        letters.append(_MORSE_CODE.get(part, "?") if part[0] in ".-" else " ")
        places.append(start + token.start())
    said = "".join(letters)
    known = sum(letter.isalnum() for letter in letters)
    if known < FEWEST_MORSE_LETTERS or said.count("?") > known // 4 or len(set(letters)) < 4:
        return None
    return Piece(said, np.array([*places, start + len(run)], np.int64))


def from_percent(text: str) -> Piece | None:
    """Undo percent encoding; a plus between letters reads as a space."""
    raw = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    values = _HEX_VALUE[raw]
    escaped = np.flatnonzero((raw[:-2] == 0x25) & (values[1:-1] >= 0) & (values[2:] >= 0))
    if not escaped.size:
        return None
    raw = np.where(raw == ord("+"), np.uint8(32), raw)
    raw[escaped] = values[escaped + 1] * 16 + values[escaped + 2]
    kept = np.ones(len(raw), np.bool_)
    kept[escaped + 1] = kept[escaped + 2] = False
    places = np.arange(len(text)) if text.isascii() else np.repeat(np.arange(len(text)), widths(text))
    return text_of_bytes(raw[kept].tobytes(), np.append(places[kept], len(text)))


def from_entities(text: str) -> Piece | None:
    """Undo HTML entities."""
    return substituted(text, _ENTITY.finditer(text), lambda match: html.unescape(match.group()))


def from_escapes(text: str) -> Piece | None:
    r"""Undo ``\uXXXX``, ``\u{X}``, ``\UXXXXXXXX``, ``\xXX``, ``%uXXXX`` and ``U+XXXX``."""
    return substituted(text, _ESCAPE.finditer(text), _unescaped)


def _unescaped(match: re.Match[str]) -> str:
    point = int(match.group(match.lastindex or 0), 16)
    return chr(point) if point < 0x110000 else match.group()
