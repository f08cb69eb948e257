"""Harmless texts that look encoded, or are: what log files, developers and schoolbooks hold."""

import base64
import codecs
import random
from collections.abc import Callable, Mapping
from typing import Any

Encode = Callable[[str, random.Random], str]


def _jwt(text: str, rng: random.Random) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(f'{{"sub":"{rng.randrange(10**6)}","name":"{text[:24]}"}}'.encode()).decode()
    return f"{head}.{body.rstrip('=')}.{rng.randbytes(24).hex()}"


def _minified(text: str, rng: random.Random) -> str:
    names = [rng.choice("abcdefghijk") + rng.choice("tnre") for _ in range(4)]
    return f'!function({names[0]}){{var {names[1]}="{text[:40]}";{names[2]}={names[0]}.{names[3]}||[];}}(window);'


_WAYS: Mapping[str, Encode] = {
    "base64": lambda text, _: base64.b64encode(text.encode()).decode(),
    "hex": lambda text, _: text.encode().hex(),
    "hexdump": lambda text, _: text.encode()[:32].hex(" "),
    "rot13": lambda text, _: codecs.encode(text, "rot13"),
    "reversed": lambda text, _: text[::-1],
    "spaced": lambda text, _: " ".join(text),
    "leet": lambda text, _: text.translate(str.maketrans("aeiost", "431057")),
    "percent": lambda text, _: "https://example.com/search?q=" + "".join(f"%{byte:02X}" for byte in text.encode()),
    "entities": lambda text, _: "".join(f"&#{ord(char)};" for char in text),
    "binary": lambda text, _: " ".join(f"{byte:08b}" for byte in text.encode()[:24]),
    "jwt": _jwt,
    "random": lambda _, rng: base64.b64encode(rng.randbytes(rng.randrange(16, 120))).decode(),
    "digest": lambda _, rng: rng.randbytes(rng.choice([16, 20, 32])).hex(),
    "minified": _minified,
}
_ASKED = (
    "{text}",
    "Decode this: {text}",
    "What does this say? {text}",
    "Why does my parser fail on {text} ?",
    "The log shows {text} - is that normal?",
    "token={text}",
    '{{"data": "{text}"}}',
)


def encoded_families() -> dict[str, Any]:
    """Return one family of harmless texts for each way to write them."""
    return {f"encoded_{name}": {"twin": ["{task}", "{filler}", "{filler} {filler}", "{imper}"]} for name in _WAYS}


def encoded(family: str, text: str, rng: random.Random) -> str:
    """Return `text` as a family of `encoded_families` writes it; other families leave it alone."""
    way = _WAYS.get(family.removeprefix("encoded_")) if family.startswith("encoded_") else None
    return rng.choice(_ASKED).format(text=way(text, rng)) if way else text
