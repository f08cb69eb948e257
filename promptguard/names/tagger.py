"""The tagger: a logistic regression over named features of each word of a candidate."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from promptguard import model_store
from promptguard.names.candidates import Gazetteer, Token, features, runs
from promptguard.names.figures import is_figure

ARTEFACT: Final = "names"
FIGURE_SCORE: Final = 0.3
BEHIND_A_TITLE: Final = 0.9
LEAST: Final = 0.3  # of a word's probability, reported as 0.5; chosen by leaving templates out
_TITLES: Final = frozenset(
    ("mr", "mrs", "ms", "miss", "dr", "prof", "sir", "madam", "herr", "frau", "mme", "señor", "señora")
)
_DEGREES: Final = frozenset(("phd", "md", "dvm", "dds", "jr", "sr", "ii", "iii", "esq", "tv"))


class NameTagger:
    """Finds names of persons. `weights` maps a feature to its weight; absent features weigh nothing."""

    def __init__(self, weights: Mapping[str, float], gazetteer: Gazetteer) -> None:
        self._weights = weights
        self._gazetteer = gazetteer

    @classmethod
    def load(cls) -> "NameTagger":
        """Read the artefact, checked against its manifest."""
        artefact = model_store.load(ARTEFACT)
        weights = json.loads(artefact.read("weights.json"))
        lists = json.loads(artefact.read("gazetteer.json"))
        return cls(weights, Gazetteer(frozenset(lists["given"]), frozenset(lists["family"])))

    def weights_json(self) -> bytes:
        """Return the weights as they are stored."""
        return json.dumps(dict(self._weights), ensure_ascii=False, sort_keys=True).encode()

    def find(self, text: str) -> Iterator[tuple[int, int, float]]:
        """Yield [start, end) of each name in `text` with its probability."""
        for run in runs(text, self._gazetteer):
            scores = [self._probability(row) for row in features(text, run, self._gazetteer)]
            yield from _names(text, run, scores)

    def _probability(self, row: Sequence[str]) -> float:
        weight = self._weights.get
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, sum(weight(feature, 0.0) for feature in row)))))


def _names(text: str, run: Sequence[Token], scores: Sequence[float]) -> Iterator[tuple[int, int, float]]:
    """Join neighbouring likely words; a title belongs to the name behind it, and vouches for it."""
    held: list[int] = []
    best = 0.0
    for place in range(len(run) + 1):
        word = run[place].text.lower().rstrip(".") if place < len(run) else ""
        titled = bool(held) and run[held[-1]].text.lower().rstrip(".") in _TITLES
        score = max(scores[place] if word else 0.0, BEHIND_A_TITLE if word and titled else 0.0)
        if word in _TITLES and not held:
            held.append(place)
        elif score >= LEAST and word not in _DEGREES and word not in _TITLES:
            held.append(place)
            best = max(best, score)
        else:
            if best:
                yield _named(text, run, held, best)
            held, best = [], 0.0


def _named(text: str, run: Sequence[Token], held: Sequence[int], score: float) -> tuple[int, int, float]:
    """Return the name that the words `held` of `run` make up; public figures weigh little, however they are cut."""
    start, end = run[held[0]].start, run[held[-1]].end
    name = text[start:end].rstrip(".")
    around = range(max(0, held[0] - 2), held[0] + 1)
    windows = (text[run[first].start : run[min(len(run), last + 3) - 1].end] for first in around for last in held)
    known = is_figure(name) or any(map(is_figure, windows)) or _whole_run_is_figure(text, run)
    return start, start + len(name), FIGURE_SCORE if known else 0.5 + (score - LEAST) / (1 - LEAST) / 2


def _whole_run_is_figure(text: str, run: Sequence[Token]) -> bool:
    return is_figure(text[run[0].start : run[-1].end])
