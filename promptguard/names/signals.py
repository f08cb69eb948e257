"""What around a name tells a private person's datum from a name that is only talked about.

A name in a film review, a story or a history lesson says nothing about anybody's private life; the same name beside a
telephone number, behind "my name is" or in a patient's record does. Each signal is a class of words: the words of one
class are exchangeable, so that what is learned of them carries to sentences nobody wrote down.
"""

from collections.abc import Sequence
from typing import Final

import re2

BEFORE, AFTER = 48, 40  # characters in front of a name and behind it that speak of it
BLOCK: Final = 160  # characters; three blocks tell what the text is about there
BESIDE: Final = 160  # characters within which other personal data stands beside a name

_CLASSES: Final = {
    "naming": (
        r"\b(?:names?|name's|named|called|call me|i am|i'm|im|this is|known as|speaking|username|surname|signed"
        r"|signature|llamo|heiße|heisse|appelle|chiamo)\b"
    ),
    "relation": (
        r"\b(?:my|our|his|her|their|your)\s+(?:\w+\s+){0,2}?(?:wife|husband|partner|mother|father|mom|dad|brother|sister|son"
        r"|daughter|kid|child|children|friend|boss|manager|colleague|coworker|neighbou?r|landlord|tenant|doctor|lawyer|teacher"
        r"|therapist|assistant|nurse|girlfriend|boyfriend|uncle|aunt|cousin|grandmother|grandfather|roommate|employee|client"
        r"|customer|patient|student)\b"
    ),
    "record": (
        r"\b(?:patient|pt|customer|client|employee|tenant|account|beneficiary|guardian|applicant|candidate|witness|member|user"
        r"|contact|attendees?|cardholder|passenger|guest|recipient|sender|subscriber|insured|holder|policyholder|borrower"
        r"|resident|claimant|defendant|plaintiff|reviewer|driver|owner|payee|participant|student|invoice|payroll|salary|hr"
        r"|admitted|diagnosed|prescribed|hired|fired|interviewed|enrolled|billed|residing|lives|lived|dob|passport"
        r"|from:|to:|cc|bcc|attn|c/o|mrn|ssn|spouse|physician|provider)\b"
    ),
    "message": (
        r"\b(?:call|phone|ring|text|e-?mail|message|contact|invite|ask|tell|remind|meet(?:ing)?|notify|inform"
        r"|reach|schedule|follow up with|talk to|speak (?:to|with)|spoke (?:to|with)|send|sent|reply|respond|transfer"
        r"|pay|share|forward|address|met|let|reservation|appointment|book(?:ed|ing)?)\b"
    ),
    "greeting": r"\b(?:dear|hi|hello|hey|regards|sincerely|thanks|thank you|best|cheers|yours|hola|bonjour|hallo)\b",
    "title": r"\b(?:mr|mrs|ms|miss|dr|prof|herr|frau|mme|sr|sra)\b",
    "said": r"\b(?:said|says|asked|told|replied|shouted|explained|whispered|added|answered|thought|wrote|writes)\b",
    "work": (
        r"\b(?:films?|movies?|actors?|actress|starr?ing|stars?|directed|director|cast|albums?|songs?|singers?|bands?|music"
        r"|concerts?|novels?|(?:the|this|that|his|her|new|first) books?"
        r"|books? (?:by|about|of)|authors?|poems?|poets?|paintings?|painter|artists?|series|shows?|episodes?|season"
        r"|games?"
        r"|players?|team|league|cup|championship|match|goals?|coach|club|tournament|olympics?|quotes?|featuring|feat"
        r"|playing|played|written by|version|fans?|comedian|comedy|lyrics|rapper|genre|soundtrack)\b"
    ),
    "history": (
        r"\b(?:king|queen|prince|princess|duke|earl|count|emperor|president|senator|governor|mayor|minister|congressman|pope"
        r"|saint|st|general|captain|war|battle|century|empire|dynasty|theory|theorem|law|philosopher|scientist|inventor"
        r"|physicist|mathematician|biography|wikipedia|famous|founder|ceo|university|museum|stadium|award|prize|election"
        r"|party|court|v|vs|republican|democrat|politician)\b"
    ),
    "fiction": (
        r"\b(?:characters?|story|stories|tale|fictional|role-?play(?:ing)?|scene|plot|protagonist|villain|hero|heroine"
        r"|imagine|pretend|persona|dialogue|script|screenplay|narrative|fantasy|wizard|knight|detective|world|universe"
        r"|act as|you are|embody|adventure|dragon|magic|once upon)\b"
    ),
    "code": r"[{}\[\]<>=;]|\b(?:def|class|function|json|csv|array|list|string|table|column|row|sql|code)\b",
    "place": r"\b(?:street|road|avenue|city|county|state|lake|river|mount|island|airport|flight|near|weather)\b",
}
NAMES: Final = tuple(_CLASSES)
PRIVATE: Final = frozenset({"naming", "relation", "record", "message", "greeting", "title"})
PUBLIC: Final = frozenset({"work", "history", "fiction", "code", "place"})
_LENGTHS: Final = (100, 250, 500, 1000, 2000)


def _set(patterns: Sequence[str]) -> re2.Set:
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    made = re2.Set.SearchSet(options)
    for pattern in patterns:
        made.Add(pattern)
    made.Compile()
    return made


_SET: Final = _set([_CLASSES[name] for name in NAMES])


def _classes(text: str) -> list[str]:
    return [NAMES[index] for index in _SET.Match(text) or ()]


class About:
    """Tells what is said around the names of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._length = f"len={sum(len(text) > bound for bound in _LENGTHS)}"
        self._wide: dict[int, list[str]] = {}

    def __call__(self, start: int, end: int, *, near: bool) -> list[str]:
        """Return the signals around the name at [start, end); `near` tells that other personal data stands beside it.

        ``B=`` and ``A=`` are the classes close before and behind, ``W=`` those further off that speak of a public
        matter. A name without a private signal carries the length of its text: the longer, the likelier an article.
        """
        text = self._text
        found = [f"B={name}" for name in _classes(text[max(0, start - BEFORE) : start])]
        found += [f"A={name}" for name in _classes(text[end : end + AFTER])]
        if near or any(signal[2:] in PRIVATE for signal in found):
            return [*found, *self._public(start), f"near={near}", "private"]
        return [*found, *self._public(start), self._length]

    def _public(self, start: int) -> list[str]:
        """Return the public classes in the block of the text that `start` is in, and in those beside it."""
        block = start // BLOCK
        if block not in self._wide:
            wide = self._text[max(0, block * BLOCK - BLOCK) : (block + 2) * BLOCK]
            self._wide[block] = [f"W={name}" for name in _classes(wide) if name in PUBLIC]
        return self._wide[block]


def sign(feature: str) -> int:
    """Return 1 for a feature that can only speak for a private name, -1 for one that can only speak against, else 0."""
    family, _, value = feature.partition("=")
    name = value.partition("|")[0]
    if family in {"B", "A", "W"}:
        return 1 if name in PRIVATE else -1 if name in PUBLIC else 0
    return 1 if feature in {"private", "near=True"} else 0
