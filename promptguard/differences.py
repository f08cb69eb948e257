"""What changes from one policy to another, in words: what a person reads before a version is put in force."""

from collections.abc import Iterator
from dataclasses import dataclass

from promptguard.findings import Category
from promptguard.policy import OwnKind, Rule, Rules


@dataclass(frozen=True, slots=True)
class Difference:
    """One change: of what, and how it was and will be; "" where there is none."""

    what: str
    before: str
    after: str

    @property
    def sort(self) -> str:
        """Return added, removed or changed."""
        return "changed" if self.before and self.after else "added" if self.after else "removed"


def differences(before: Rules, after: Rules) -> list[Difference]:
    """Return every difference, classes first."""
    return [each for each in _all(before, after) if each.before != each.after]


def _all(before: Rules, after: Rules) -> Iterator[Difference]:
    for category in Category:
        yield Difference(category.value, _rule(before.of_class(category)), _rule(after.of_class(category)))
    for kind in sorted({*before.kinds, *after.kinds}):
        yield Difference(kind, _rule(before.kinds.get(kind)), _rule(after.kinds.get(kind)))
    own = ({kind.name: kind for kind in rules.own} for rules in (before, after))
    former, latter = own
    for name in sorted({*former, *latter}):
        yield from _kind(name, former.get(name), latter.get(name))
    for term in sorted({*before.terms, *after.terms}):
        yield Difference("Denied term", term if term in before.terms else "", term if term in after.terms else "")


def _rule(rule: Rule | None) -> str:
    return f"{rule.action.value} from {rule.threshold:g}" if rule else ""


def _kind(name: str, before: OwnKind | None, after: OwnKind | None) -> Iterator[Difference]:
    yield Difference(f"{name}: pattern", before.pattern if before else "", after.pattern if after else "")
    yield Difference(f"{name}: score", f"{before.score:g}" if before else "", f"{after.score:g}" if after else "")
    words = [", ".join(kind.context) if kind else "" for kind in (before, after)]
    yield Difference(f"{name}: context words", *words)
    samples = [
        f"{len(kind.must_match)} found, {len(kind.must_not_match)} not" if kind else "" for kind in (before, after)
    ]
    yield Difference(f"{name}: samples", *samples)
