"""The encoder's vocabulary: those of E5's 250,000 pieces that the guard's languages need, in lower case."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from promptguard.training.e5 import Packed

SIZE = 54_000
SPECIAL = 4  # the first pieces: start, padding, end, unknown
_UNKNOWN = 3
_OFTEN = 3  # times a piece must occur in the texts to be kept whatever its score
_SCRIPTS = frozenset(
    {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "DEVANAGARI", "BENGALI", "THAI", "HANGUL", "CJK", "HIRAGANA", "KATAKANA"}
)


def chosen(packed: Packed, texts: Iterable[str], size: int = SIZE) -> list[int]:
    """Return the places of the pieces to keep: special ones, those `texts` need, then the most probable ones."""
    fitting = [place for place, piece in enumerate(packed.pieces) if place >= SPECIAL and _fits(piece)]
    whole = tokenizer([packed.pieces[place] for place in [*range(SPECIAL), *fitting]], _scores(packed, fitting))
    counts = Counter[int]()
    for text in texts:
        counts.update(whole.encode(text, add_special_tokens=False).ids)
    needed = [fitting[place - SPECIAL] for place, count in counts.items() if count >= _OFTEN and place >= SPECIAL]
    likely = sorted(fitting, key=lambda place: -float(packed.likelihoods[place]))
    kept = list(dict.fromkeys([*needed, *likely]))[: size - SPECIAL]
    return [*range(SPECIAL), *sorted(kept)]


def reduced(packed: Packed, places: Sequence[int]) -> Tokenizer:
    """Return the tokenizer of the pieces at `places`, the special ones first."""
    return tokenizer([packed.pieces[place] for place in places], _scores(packed, places[SPECIAL:]))


def _scores(packed: Packed, places: Sequence[int]) -> list[float]:
    return [0.0] * SPECIAL + [float(packed.likelihoods[place]) for place in places]


def tokenizer(pieces: Sequence[str], scores: Sequence[float]) -> Tokenizer:
    """Return a unigram tokenizer over `pieces`; it neither cuts nor pads."""
    made = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), _UNKNOWN, byte_fallback=False))
    made.normalizer = normalizers.Sequence([normalizers.Lowercase(), normalizers.Replace(Regex(r"\s+"), " ")])
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B:1 </s>:1", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return made


def _fits(piece: str) -> bool:
    """Return whether a piece is in lower case and of the guard's scripts."""
    return piece == piece.lower() and all(_script(char) in _SCRIPTS for char in piece if char.isalpha())


def _script(char: str) -> str:
    return unicodedata.name(char, "?").split(" ")[0].split("-")[0]
