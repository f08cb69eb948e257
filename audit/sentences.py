"""Codes that carry the sentence people read beside them. Floor: imports only the standard library."""

from enum import StrEnum
from typing import Self


class Sentence(StrEnum):
    """A string member with its sentence. Looking a code up by its value alone gives the member, as with any enum."""

    sentence: str

    def __new__(cls, code: str, sentence: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.sentence = sentence
        return member
