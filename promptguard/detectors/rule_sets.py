"""Many patterns over one text: which of them hit, and where, by RE2 in time linear in the text."""

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import re2

from promptguard.detectors.ngrams import STRIDE, WINDOW

GROUP = 12  # patterns in one set: measured fastest; one set of all has far more states than texts ever visit twice
_MEMORY = 8 << 20  # bytes each automaton may grow to before RE2 starts it anew
_MOST = 64  # occurrences of one pattern looked at in one text


def _options() -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _MEMORY
    return options


class RuleSet:
    """Patterns, compiled when first used. `features` says which feature of a model each is; by default its own."""

    def __init__(self, patterns: Sequence[str], features: Sequence[int] | None = None) -> None:
        self._patterns = tuple(patterns)
        self.features = tuple(features or range(len(patterns)))
        self.count = max(self.features) + 1
        self._expressions = dict[int, re2._Regexp]()

    @cached_property
    def _sets(self) -> tuple[tuple[int, re2.Set], ...]:
        """Each set with the index of its first pattern."""
        sets = []
        for first in range(0, len(self._patterns), GROUP):
            group = re2.Set.SearchSet(_options())
            for pattern in self._patterns[first : first + GROUP]:
                group.Add(pattern)
            group.Compile()
            sets.append((first, group))
        return tuple(sets)

    def hits(self, text: str) -> list[int]:
        """Return the indices of the patterns that `text` hits, ascending."""
        data = text.encode("utf-8", "replace")
        return sorted(first + index for first, group in self._sets for index in group.Match(data) or ())

    def occurrences(self, index: int, text: str) -> Iterator[tuple[int, int]]:
        """Yield where pattern `index` hits `text`, as [start, end) code points, the first `_MOST` of them."""
        if index not in self._expressions:
            self._expressions[index] = re2.compile(self._patterns[index], _options())
        data = text.encode() if text.isascii() else text  # of bytes, RE2 maps no offsets
        for _, match in zip(range(_MOST), self._expressions[index].finditer(data), strict=False):
            yield match.span()

    def windows(
        self, text: str, starts: npt.NDArray[np.int64], window: int = WINDOW, stride: int = STRIDE
    ) -> npt.NDArray[np.float32]:
        """Return [windows, features]: one where a window of `text` overlaps an occurrence of a pattern."""
        matrix = np.zeros((len(starts), self.count), np.float32)
        found = self.hits(text)
        if len(starts) == 1:
            matrix[0, [self.features[index] for index in found]] = 1
            return matrix
        for index in found:
            for start, end in self.occurrences(index, text):
                first, last = max(start - window, 0) // stride, (end - 1) // stride
                matrix[first + (start >= window) : last + 1, self.features[index]] = 1
        return matrix
