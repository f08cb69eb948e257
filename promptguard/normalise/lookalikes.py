"""Letters that pass for Latin ones.

The breadth comes from Unicode's TR39 table as the package confusable-homoglyphs carries it; `LOOSE` adds letters that
people use although the table does not call them confusable. A loose look-alike is only folded beside Latin letters.
"""

import json
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

ALPHABETS: Final = ("CYRILLIC", "GREEK", "ARMENIAN", "COPTIC", "CHEROKEE", "LISU", "DESERET", "CANADIAN")
LOOSE: Final = dict(
    zip(
        "бвгзкмнптшьѡ" + "βεζηκστωχΣ" + "ոսցքհզւտԼՈՍ",
        "6br3kmhntwbw" + "bezhkotwxE" + "nugfhqltLnU",
        strict=True,
    )
)
SMALL_CAPITALS: Final = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
PHONETIC_BLOCKS: Final = (range(0x0250, 0x02B0), range(0x1D00, 0x1DC0))
STYLED_CAPITALS: Final = (0x1F150, 0x1F170, 0x1F1E6)  # negative circled, negative squared, regional indicators
UPSIDE_DOWN: Final = dict(zip("ɐɔǝɟƃɓɥᴉıɾſʞןɯɹʇʌʍʎ", "acefgghiijjklmrtvwy", strict=True))


@cache
def _table() -> dict[str, tuple[str, ...]]:
    """Return each confusable character with the single ASCII characters it may stand for."""
    found = {}
    read = files("confusable_homoglyphs").joinpath("confusables.json")  # its module would keep 7 MB of it
    for char, twins in json.loads(read.read_text()).items():
        plain = tuple(
            twin["c"] for twin in twins if len(twin["c"]) == 1 and twin["c"].isascii() and twin["c"].isalnum()
        )
        if len(char) == 1 and plain and not char.isascii():
            found[char] = plain
    return found


def strict_lookalike(char: str) -> str | None:
    """Return the Latin letter or digit that `char` of another alphabet cannot be told from."""
    twins = _table().get(char)
    if not twins or not char.isalpha():
        return None
    upper = char.isupper()
    best = next((twin for twin in twins if twin.isupper() == upper), twins[0])
    return "I" if upper and best == "l" else best


def loose_lookalike(char: str) -> str | None:
    """Return what `char` passes for among Latin letters, though alone it would not."""
    return LOOSE.get(char)


def styled_latin(char: str) -> str | None:
    """Return the plain letter of a small capital, a phonetic look-alike or an enclosed capital."""
    if char in SMALL_CAPITALS:
        return SMALL_CAPITALS[char]
    point = ord(char)
    for first in STYLED_CAPITALS:
        if first <= point < first + 26:
            return chr(ord("a") + point - first)
    if any(point in block for block in PHONETIC_BLOCKS) and char not in UPSIDE_DOWN:
        twins = _table().get(char)
        return twins[0] if twins else None
    return None


def alphabet(char: str) -> str:
    """Return the first word of the character's Unicode name, which for letters is their script."""
    return unicodedata.name(char, "").split(" ", 1)[0]
