"""What an identity provider said of somebody, once all of its answer was checked; the same for both protocols."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

LONGEST_SUBJECT = 255
MOST_GROUPS = 500


class AnswerRefused(Exception):
    """An answer that is not to be believed. The text is for who runs the connection, never for who signs in."""


@dataclass(frozen=True, slots=True)
class Asserted:
    """A subject of one connection. `email_verified` is `None` where the provider does not say."""

    subject: str
    email: str = ""
    email_verified: bool | None = None
    name: str = ""
    groups: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    claims: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return this as JSON can hold it."""
        return asdict(self)


def revived(plain: dict[str, Any]) -> Asserted:
    """Return what `plain()` wrote."""
    return Asserted(**{**plain, "groups": tuple(plain["groups"]), "factors": tuple(plain["factors"])})


def checked_subject(value: object) -> str:
    """Return the subject, as it is; raises `AnswerRefused` where it cannot be one."""
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_SUBJECT or "\x00" in value:
        raise AnswerRefused("The subject is missing or too long.")
    return value


def group_names(values: object) -> tuple[str, ...]:
    """Return the names of groups in a claim: a list of texts, or one text."""
    found: Iterable[object] = values if isinstance(values, list) else [values]
    return tuple(each for each in found if isinstance(each, str) and each)[:MOST_GROUPS]
