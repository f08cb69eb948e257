"""A table of patterns whose work on one text is bounded, whatever the text repeats.

Looking for a pattern is linear in the text, judging its matches costs microseconds each: a text of nothing but numbers
has a hundred thousand of them. Of each pattern `MOST_JUDGED` matches are judged; from the next one on, the rest of the
text is reported as one finding of that kind at the operating point. What was not read is never called clean.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from promptguard.detectors.patterns import Candidate, Hit, Pattern, PatternTable

MOST_JUDGED: Final = 12_000
UNREAD: Final = 0.5  # score of a rest that was not judged


class BoundedTable(PatternTable):
    """Finds what a `PatternTable` finds, with at most `most` matches judged for each pattern."""

    def __init__(self, patterns: Sequence[Pattern], most: int = MOST_JUDGED) -> None:
        super().__init__(patterns)
        self._most = most

    def hits(self, text: str) -> Iterator[Hit]:
        """Yield every judged match in `text`, pattern by pattern, and the rest of a text that has too many."""
        data = text.encode("latin-1", "replace")
        for index in self._set.Match(data) or ():
            yield from self._hits_of(index, text, data)

    def _hits_of(self, index: int, text: str, data: bytes) -> Iterator[Hit]:
        pattern = self.patterns[index]
        judge, trim, group = pattern.judge, pattern.trim, pattern.group
        for judged, match in enumerate(self._regexes[index].finditer(data)):
            start, end = match.span(group)
            if start < 0:
                continue
            if judged == self._most:
                yield Hit(pattern, start, len(text), UNREAD)
                return
            if trim is not None:
                end = start + trim(text[start:end])
            score = judge(Candidate(text, start, end))
            if score > 0:
                yield Hit(pattern, start, end, score)
