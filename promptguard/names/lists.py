"""What the tagger knows of words before it has seen a text: names, places and ordinary words."""

import json
from dataclasses import dataclass
from typing import Final

LONGEST_PLACE: Final = 2  # words of a place's name that are looked up together
_FLAGS: Final = (("e", "english"), ("g", "given"), ("f", "family"), ("p", "places"), ("w", "ordinary"))


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Given names (`english` the usual ones among English speakers), surnames, places, ordinary words; casefolded."""

    given: frozenset[str] = frozenset()
    family: frozenset[str] = frozenset()
    english: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    ordinary: frozenset[str] = frozenset()

    def flags(self, word: str) -> str:
        """Return which lists hold `word`: e(nglish) and g(iven) names, f(amily), p(laces), w(ords)."""
        lower = word.casefold().rstrip(".").removesuffix("'s").removesuffix("’s")
        return "".join(flag for flag, name in _FLAGS if lower in getattr(self, name))

    def without(self, hidden: frozenset[str]) -> "Gazetteer":
        """Return the same lists without the names in `hidden`."""
        return Gazetteer(self.given - hidden, self.family - hidden, self.english - hidden, self.places, self.ordinary)

    def as_json(self) -> bytes:
        """Return the lists as they are stored."""
        lists = {name: sorted(getattr(self, name)) for _, name in _FLAGS}
        return json.dumps(lists, ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_json(cls, stored: bytes) -> "Gazetteer":
        """Read what `as_json` wrote."""
        return cls(**{name: frozenset(words) for name, words in json.loads(stored).items()})
