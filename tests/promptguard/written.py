"""Draw a text that a regular expression matches, from its parse tree."""

import random
import re._parser as regex_parser  # type: ignore[import-not-found]  # private, without stubs
import string
from collections.abc import Iterable

_CLASSES = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_WORD": string.ascii_letters,
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": ".",
}


def written_as(pattern: str, dice: random.Random) -> str:
    """Return a text that `pattern` matches, drawn with `dice`; boundaries add nothing."""
    return _all(regex_parser.parse(pattern), dice)


def _all(parts: Iterable[tuple[object, ...]], dice: random.Random) -> str:
    return "".join(_draw(str(part[0]), part[1], dice) for part in parts)


def _draw(operator: str, argument, dice: random.Random) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001 (a private module's values)
    match operator:
        case "LITERAL":
            return chr(argument)
        case "IN":
            if str(argument[0][0]) == "NEGATE":
                return " "
            return dice.choice([char for member in argument for char in _members(str(member[0]), member[1])])
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, inner = argument
            return "".join(_all(inner, dice) for _ in range(dice.randint(least, min(int(most), least + 8))))
        case "SUBPATTERN":
            return _all(argument[3], dice)
        case "BRANCH":
            return _all(dice.choice([branch for branch in argument[1] if len(branch)]), dice)
        case "ANY" | "NOT_LITERAL":
            return "x"
    return ""


def _members(operator: str, value) -> list[str]:  # type: ignore[no-untyped-def]  # noqa: ANN001 (a private module's values)
    match operator:
        case "RANGE":
            return list(map(chr, range(value[0], value[1] + 1)))
        case "CATEGORY":
            return list(_CLASSES[str(value)])
    return [chr(value)]
