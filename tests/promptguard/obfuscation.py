"""The ways of hiding a text that the guard must see through: each takes plain ASCII and returns it hidden."""

import base64
import codecs
import html
import urllib.parse
from collections.abc import Callable

from promptguard.normalise.encodings import _MORSE_CODE

_CYRILLIC = str.maketrans("aeopcxyijs", "аеорсхуіјѕ")
_GREEK = str.maketrans("aotvi", "αοτνι")
_FULLWIDTH = {point: point + 0xFEE0 for point in range(0x21, 0x7F)}
_BOLD = {ord("a") + n: 0x1D41A + n for n in range(26)}
_SMALL = str.maketrans("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ")
_LEET = str.maketrans("aeiost", "431057")
_ACCENTS = str.maketrans("aeiouyn", "àëïöüýñ")
_TURNED = str.maketrans("abcdefghijklmnopqrstuvwyz", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍʎz")
_MORSE = {letter: sign for sign, letter in _MORSE_CODE.items()}


def to_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def to_hex(text: str) -> str:
    return text.encode().hex()


def to_percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _after_each(mark: str) -> Callable[[str], str]:
    return lambda text: "".join(char + mark for char in text)


def _selectors(text: str) -> str:
    return "😀" + "".join(chr(0xE0100 + byte - 16) for byte in text.encode())


TRANSFORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "capitals": str.upper,
    "tags": lambda text: "".join(chr(0xE0000 + ord(char)) for char in text),
    "zero-width space": _after_each("\u200b"),
    "zero-width joiner": _after_each("\u200d"),
    "word joiner": _after_each("\u2060"),
    "soft hyphen": _after_each("\u00ad"),
    "byte-order mark": _after_each("\ufeff"),
    "bidi marks": _after_each("\u202a"),
    "bidi override": lambda text: f"\u202e{text[::-1]}\u202c",
    "variation selectors between": _after_each("\ufe01"),
    "variation selectors": _selectors,
    "cyrillic": lambda text: text.translate(_CYRILLIC),
    "greek": lambda text: text.translate(_GREEK),
    "fullwidth": lambda text: text.translate(_FULLWIDTH),
    "mathematical bold": lambda text: text.translate(_BOLD),
    "small capitals": lambda text: text.translate(_SMALL),
    "combining stroke": _after_each("\u0336"),
    "combining flood": _after_each("\u0300\u0301\u0302\u0303\u0304"),
    "underline": _after_each("\u0332"),
    "accents": lambda text: text.translate(_ACCENTS),
    "control characters": _after_each("\x07"),
    "deletions": lambda text: "".join(char + "x\b" for char in text),
    "typographic spaces": lambda text: text.replace(" ", "\u2003"),
    "upside down": lambda text: text[::-1].translate(_TURNED),
    "base64": to_base64,
    "base64 url-safe": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hex": to_hex,
    "hex with spaces": lambda text: text.encode().hex(" "),
    "binary": lambda text: " ".join(f"{byte:08b}" for byte in text.encode()),
    "percent": to_percent,
    "percent where needed": urllib.parse.quote,
    "decimal entities": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "hex entities": lambda text: "".join(f"&#x{ord(char):x};" for char in text),
    "named entities": lambda text: html.escape(text).replace(" ", "&nbsp;"),
    "unicode escapes": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "hex escapes": lambda text: "".join(f"\\x{ord(char):02x}" for char in text),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "reversed": lambda text: text[::-1],
    "words reversed": lambda text: " ".join(word[::-1] for word in text.split(" ")),
    "leet": lambda text: text.translate(_LEET),
    "spaced": lambda text: "  ".join(" ".join(word) for word in text.split(" ")),
    "spaced evenly": lambda text: " ".join(text.replace(" ", "")),
    "morse": lambda text: " / ".join(
        " ".join(_MORSE[char] for char in word if char in _MORSE) for word in text.lower().split(" ")
    ),
}
