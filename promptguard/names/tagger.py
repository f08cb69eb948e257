"""The tagger: one logistic regression finds names word by word, a second one tells private persons' names from others.

The first looks at each word of a candidate; neighbouring likely words make a name. The second looks at the whole name,
what is said around it and whether other personal data stands beside it. Both add up weights of named features.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from promptguard import model_store
from promptguard.names import signals
from promptguard.names.candidates import FAMILIES, STATIC, Known, Token, Words, context_values, runs
from promptguard.names.figures import LAST_WORDS, is_figure, is_known_alone
from promptguard.names.lists import Gazetteer

ARTEFACT: Final = "names"
FIGURE_SCORE: Final = 0.3
LEAST: Final = 0.2  # of a word's probability of being part of a name; chosen by leaving templates out
TITLED: Final = 2.2  # log odds that the word behind a title has at least
PRIVATE: Final = 0.12  # of a name's probability of being private, reported as 0.5; chosen by leaving sources out
BARE_SCORE: Final = 0.4
_TELLING: Final = frozenset(("B=naming", "B=relation", "B=record", "B=title", "near=True"))
_TITLES: Final = frozenset(
    ("mr", "mrs", "ms", "miss", "dr", "prof", "sir", "madam", "herr", "frau", "mme", "señor", "señora")
)
MOST_WORDS, MOST_NAMES = 25_000, 4_000  # of one text that are looked at
UNREAD: Final = 0.5  # score of a rest that was not looked at
_DEGREES: Final = frozenset(
    (
        "phd",
        "md",
        "dvm",
        "dds",
        "jr",
        "sr",
        "ii",
        "iii",
        "esq",
        "tv",
        "dx",
        "rx",
        "hx",
        "pt",
        "mrn",
        "dob",
        "npi",
        "tel",
        "id",
    )
)

Weights = Mapping[str, float]


class Name(NamedTuple):
    """A likely name at [start, end): its words, what each is, and the log odds of the surest."""

    start: int
    end: int
    known: tuple[Known, ...]
    odds: float
    figure: bool


class NameTagger:
    """Finds names of persons. Weights map a feature, ``family=value``, to its weight; absent features weigh nothing."""

    def __init__(self, first: Weights, second: Weights, gazetteer: Gazetteer) -> None:
        self._first, self._second = first, second
        self._static = [_family(first, name) for name in STATIC]
        self._context = [_family(first, name).get for name in FAMILIES]
        self._words = Words(gazetteer, self._weigh)

    @classmethod
    def load(cls) -> "NameTagger":
        """Read the artefact, checked against its manifest."""
        artefact = model_store.load(ARTEFACT)
        weights = json.loads(artefact.read("weights.json"))
        return cls(weights["words"], weights["names"], Gazetteer.from_json(artefact.read("gazetteer.json")))

    def weights_json(self) -> bytes:
        """Return the weights as they are stored."""
        weights = {"words": dict(self._first), "names": dict(self._second)}
        return json.dumps(weights, ensure_ascii=False, sort_keys=True).encode()

    def find(self, text: str, data: Sequence[tuple[int, int]] = ()) -> Iterator[tuple[int, int, float]]:
        """Yield [start, end) of each name in `text` with its score; `data` are the spans of other personal data."""
        beside, about = Beside(data), signals.About(text)
        for name in self.names(text):
            near = beside(name.start, name.end)
            score = FIGURE_SCORE if name.figure else UNREAD if not name.known else self._score(about, name, near=near)
            yield name.start, name.end, score

    def names(self, text: str) -> Iterator[Name]:
        """Yield the likely names of `text`, private or not; the rest of a text of too many as one without words."""
        words = found = 0
        for run in runs(text, self._words):
            words += len(run)
            if words > MOST_WORDS or found > MOST_NAMES:
                yield Name(run[0].start, len(text), (), 0.0, figure=False)
                return
            rows = context_values(text, run, self._words)
            odds = [self._odds(*row) for row in rows]
            if len(run) == 1 and odds[0] < _LEAST_ODDS:
                continue
            for name in _names(text, run, [known for known, _ in rows], odds):
                found += 1
                yield name

    def _weigh(self, values: Sequence[str]) -> float:
        """Return what a word weighs whatever stands around it, the intercept included."""
        known = sum(table.get(value, 0.0) for table, value in zip(self._static, values, strict=True))
        return known + self._first.get("bias", 0.0)

    def _odds(self, known: Known, values: Sequence[str]) -> float:
        total = known.weight
        for weight, value in zip(self._context, values, strict=True):
            total += weight(value, 0.0)
        return total

    def _score(self, about: signals.About, name: Name, *, near: bool) -> float:
        weight = self._second.get
        features = features_of(about, name, near=near)
        odds = weight("bias", 0.0) + sum(weight(feature, 0.0) for feature in features)
        score = calibrated(1 / (1 + math.exp(-max(-30.0, min(30.0, odds)))))
        return min(score, BARE_SCORE) if _is_bare(name, features) else score


def _is_bare(name: Name, features: Iterable[str]) -> bool:
    """Tell whether a single word without a capital is all there is: "call robby" names nobody to an outsider."""
    return len(name.known) == 1 and name.known[0].shape == "x" and not _TELLING.intersection(features)


class Beside:
    """Tells whether other personal data stands beside a place; asked from left to right."""

    def __init__(self, data: Iterable[tuple[int, int]]) -> None:
        self._data = sorted(data)
        self._next = 0

    def __call__(self, start: int, end: int) -> bool:
        while self._next < len(self._data) and self._data[self._next][1] + signals.BESIDE < start:
            self._next += 1
        return self._next < len(self._data) and self._data[self._next][0] - signals.BESIDE < end


def calibrated(probability: float) -> float:
    """Return `probability` stretched so that `PRIVATE` becomes 0.5."""
    if probability >= PRIVATE:
        return 0.5 + (probability - PRIVATE) / (1 - PRIVATE) / 2
    return 0.49 * probability / PRIVATE


def features_of(about: signals.About, name: Name, *, near: bool) -> list[str]:
    """Return what the second regression looks at."""
    words = min(len(name.known), 3)
    flags = {flag for known in name.known for flag in known.flags}
    english = "e" in flags
    titled = name.known[0].lower.rstrip(".") in _TITLES
    found = [
        f"n={words}",
        f"n={words}|{english}",
        f"t={titled}",
        f"f={name.known[0].flags}",
        f"w={'w' in flags}|{words}",
        f"p={'p' in flags}|{words}",
        f"h={name.known[0].shape}|{words}",
        f"z={round(max(-2.0, min(6.0, name.odds)))}",
    ]
    around = about(name.start, name.end, near=near)
    return found + around + [f"{signal}|{words > 1}" for signal in around if signal[0] in "BA"]


def _family(weights: Weights, name: str) -> dict[str, float]:
    lead = f"{name}="
    return {feature[len(lead) :]: weight for feature, weight in weights.items() if feature.startswith(lead)}


_LEAST_ODDS: Final = math.log(LEAST / (1 - LEAST))


def _names(text: str, run: Sequence[Token], known: Sequence[Known], odds: Sequence[float]) -> Iterator[Name]:
    """Join neighbouring likely words; a title belongs to the name behind it, and vouches for it."""
    held: list[int] = []
    best = -math.inf
    for place in range(len(run) + 1):
        word = known[place].lower.rstrip(".") if place < len(run) else ""
        titled = bool(held) and known[held[-1]].lower.rstrip(".") in _TITLES
        likely = max(odds[place] if word else -math.inf, TITLED if word and titled else -math.inf)
        if word in _TITLES and not held:
            held.append(place)
        elif likely >= _LEAST_ODDS and word not in _DEGREES and word not in _TITLES:
            held.append(place)
            best = max(best, likely)
        else:
            if best > -math.inf:
                yield _named(text, run, known, held, best)
            held, best = [], -math.inf


def _named(text: str, run: Sequence[Token], known: Sequence[Known], held: Sequence[int], odds: float) -> Name:
    start, end = run[held[0]].start, run[held[-1]].end
    name = text[start:end].rstrip(".")
    return Name(
        start, start + len(name), tuple(known[place] for place in held), odds, _is_figure(text, run, known, held)
    )


def _is_figure(text: str, run: Sequence[Token], known: Sequence[Known], held: Sequence[int]) -> bool:
    """Tell whether the words `held` are a public figure's name, however they were cut out of the run."""
    first, last = held[0], held[-1]
    if len(run) == 1:
        shared = {"e", "f"} & set(known[0].flags)
        return (not shared and is_known_alone(run[0].text)) or is_figure(run[0].text)
    ends = [place for place in range(last, min(len(run), last + 3)) if _may_end_a_figure(known[place])]
    starts = range(max(0, first - 2), first + 1)
    return any(is_figure(text[run[one].start : run[other].end]) for other in ends for one in starts)


def _may_end_a_figure(known: Known) -> bool:
    return known.lower.rstrip(".").removesuffix("'s").removesuffix("’s") in LAST_WORDS
