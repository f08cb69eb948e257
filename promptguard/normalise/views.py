"""Turn a segment into its views: the text as it reads, and whatever is encoded or scrambled in it, three layers deep.

Bounds, all checked as the work goes: at most `MAX_VIEWS` views, at most `MAX_GROWTH` times the segment plus `ALLOWANCE`
characters in all of them, at most `MAX_DEPTH` layers. Where a bound would leave text unread, `BoundExceeded` is raised
and the pipeline refuses the request: what was not read is never reported as read. In a long text (over `WHOLE`
characters), what is undone in place is read again within `REACH` of each change; the rest reads as it did.
"""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import Final

import re2

from promptguard.findings import Segment, View
from promptguard.normalise import ciphers, encodings
from promptguard.normalise.decoding import BoundExceeded, Piece, near_changes
from promptguard.normalise.folding import fold
from promptguard.normalise.hidden import hidden_texts
from promptguard.normalise.reading import MAX_DEPTH, Reading

MAX_VIEWS: Final = 48
MAX_GROWTH: Final = 8
ALLOWANCE: Final = 65_536

# Steps that hide text from a human reader or a filter, and that no ordinary text takes by accident.
_HIDING: Final = """
    base64 hex binary morse rot13 reversed upside-down leet spaced tag variation-selector zero-width bidi deletion
    homoglyph styled combining accents control
"""
HIDING_STEPS: Final = frozenset(_HIDING.split())


@dataclass(frozen=True, slots=True)
class MirroredView(View):
    """A view whose characters may run against the original, such as reversed text."""

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the smallest span of the original that holds every character of [start, end)."""
        if self.offsets is None:
            return start, end
        places = self.offsets[start:end] or self.offsets[start : start + 1]
        return min(places), max(places) + 1


@dataclass(frozen=True, slots=True)
class Decoder:
    """One way to undo an encoding. `trigger` is an RE2 pattern that its text must match."""

    steps: tuple[str, ...]
    trigger: str
    decode: Callable[[str], Piece | None]
    mirrored: bool = False
    in_place: bool = False  # whether the text around what it undoes stays
    nests: bool = True  # whether finding another layer below the deepest allowed one refuses the text


_BASE64_TRIGGER: Final = r"[A-Za-z0-9+/_-]{16}"
DECODERS: Final = (
    Decoder(("base64",), _BASE64_TRIGGER, encodings.from_base64),
    Decoder(("rot13", "base64"), _BASE64_TRIGGER, encodings.from_turned_base64),
    Decoder(("hex",), r"(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ :,;\n]{0,2}){8}", encodings.from_hex),
    Decoder(("reversed", "hex"), r"[0-9A-Fa-f]{16}", encodings.from_reversed_hex, mirrored=True),
    Decoder(("binary",), r"(?:[01]{8}[ ,\n]?){4}", encodings.from_binary),
    Decoder(("morse",), r"(?:[.\-·•_]{1,6}[ /|]{1,3}){4}", encodings.from_morse),
    Decoder(("percent",), r"%[0-9A-Fa-f]{2}", encodings.from_percent, in_place=True),
    Decoder(("entities",), r"&(?:#[0-9xX]|[A-Za-z]{2,31};)", encodings.from_entities, in_place=True),
    Decoder(("escapes",), r"[\\%][uUx][0-9a-fA-F{]{2}|[Uu]\+[0-9a-fA-F]{4}", encodings.from_escapes, in_place=True),
    Decoder(("rot13",), ciphers.ROT13_TRIGGER, ciphers.from_rot13, nests=False),
    Decoder(("reversed",), ciphers.REVERSED_TRIGGER, ciphers.from_reversed, mirrored=True, nests=False),
    Decoder(("reversed", "words"), ciphers.REVERSED_TRIGGER, ciphers.from_reversed_words, mirrored=True, nests=False),
    Decoder(("leet",), ciphers.LEET_TRIGGER, ciphers.from_leet, in_place=True, nests=False),
    Decoder(("spaced",), ciphers.SPACED_TRIGGER, ciphers.from_spaced, in_place=True, nests=False),
    Decoder(("upside-down",), ciphers.UPSIDE_DOWN_TRIGGER, ciphers.from_upside_down, mirrored=True, nests=False),
    Decoder(("accents",), ciphers.ACCENTS_TRIGGER, ciphers.from_accents, in_place=True, nests=False),
)


# Asked apart: what ordinary text hits at many places, and the lists of words, would multiply each other's states.
_APART: Final = ({ciphers.LEET_TRIGGER}, {ciphers.ROT13_TRIGGER, ciphers.REVERSED_TRIGGER})


def _triggers(group: Container[str]) -> tuple[re2.Set, tuple[Decoder, ...]]:
    """Return the triggers in `group` as one set, and their decoders in its order."""
    decoders = tuple(decoder for decoder in DECODERS if decoder.trigger in group)
    patterns = re2.Set.SearchSet()
    for decoder in decoders:
        patterns.Add(decoder.trigger)
    patterns.Compile()
    return patterns, decoders


_TRIGGERS: Final = tuple(map(_triggers, (*_APART, {each.trigger for each in DECODERS}.difference(*_APART))))


def _called_for(text: str) -> list[Decoder]:
    """Return the decoders whose triggers `text` hits, in the order of `DECODERS`."""
    data = text.encode()
    hit = {decoders[index].steps for patterns, decoders in _TRIGGERS for index in patterns.Match(data) or ()}
    return [decoder for decoder in DECODERS if decoder.steps in hit] if hit else []


def normalise(segment: Segment) -> tuple[View, ...]:
    """Return the views of `segment`, the normalised text first. Raises `BoundExceeded`."""
    first = fold(segment.text)
    hidden = list(hidden_texts(Reading(segment.text)))
    called = _called_for(first.text)
    if not hidden and not called:
        return (_view(segment, first),)
    return tuple(_view(segment, reading) for reading in _unfold(first, hidden, called, len(segment.text)))


def _unfold(first: Reading, hidden: list[Reading], called: list[Decoder], length: int) -> list[Reading]:
    """Return `first` and every reading below it, each text once, breadth first."""
    found, layer = [first], _folded(hidden)
    seen, spent = {first.text}, 0
    layer += _decoded(first, called)
    for depth in range(1, MAX_DEPTH + 1):
        fresh = []
        for reading in layer:
            if reading.text and reading.text not in seen:
                seen.add(reading.text)
                fresh.append(reading)
                spent += len(reading.text)
        if len(found) + len(fresh) > MAX_VIEWS or spent > MAX_GROWTH * length + ALLOWANCE:
            raise BoundExceeded("the text unfolds to more than the guard reads")
        found += fresh
        layer = [below for reading in fresh for below in _below(reading, deepest=depth == MAX_DEPTH)]
    if any(reading.text not in seen for reading in layer):
        raise BoundExceeded("the text is encoded in more layers than the guard reads")
    return found


def _below(reading: Reading, *, deepest: bool) -> list[Reading]:
    """Return what the decoders read in `reading`; of the deepest layer, only what proves another layer."""
    return _decoded(reading, [each for each in _called_for(reading.text) if each.nests or not deepest])


def _decoded(reading: Reading, decoders: list[Decoder]) -> list[Reading]:
    raw = []
    for decoder in decoders:
        piece = decoder.decode(reading.text)
        if piece is not None and decoder.in_place:
            piece = near_changes(reading.text, piece)
        if piece is not None:
            below = reading.then(piece.text, piece.origins, decoder.steps[0], mirrored=decoder.mirrored)
            raw.append(Reading(below.text, below.origins, (*reading.steps, *decoder.steps), below.mirrored))
    return _folded(raw)


def _folded(readings: list[Reading]) -> list[Reading]:
    """Return each reading folded, and what each hides."""
    return list(_each_folded(readings))


def _each_folded(readings: list[Reading]) -> Iterator[Reading]:
    for reading in readings:
        inner = fold(reading.text)
        if inner.text is reading.text:
            yield reading
        else:
            below = reading.then(inner.text, inner.origins, "")
            yield Reading(below.text, below.origins, (*reading.steps, *inner.steps), reading.mirrored)
        for hidden in hidden_texts(reading):
            yield from _each_folded([hidden])


def _view(segment: Segment, reading: Reading) -> View:
    offsets = None if reading.origins is None else reading.origins.data
    kind = MirroredView if reading.mirrored else View
    return kind(segment, reading.text, offsets, reading.steps)
