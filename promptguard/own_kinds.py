"""Judging a kind that a tenant wrote, before it is saved: it must do what its writer says, and not find everything."""

from collections.abc import Iterator

from django.core.exceptions import ValidationError

from promptguard.detectors.tenant_patterns import OwnTable, PatternRefused, compile_pattern, pattern_of
from promptguard.kinds import shipped_kinds
from promptguard.policy import DENIED_TERM, OwnKind, Rules

MOST_COVERED = 0.1  # the share of ordinary text that a pattern may find
ORDINARY = (
    "Could you summarise the notes of yesterday's meeting in three short points, please?",
    "The invoice for order 48213 was paid on 14 March 2025; the balance is now $1,250.00.",
    "Bitte schreiben Sie eine freundliche Antwort an die Kundin und schlagen Sie einen Termin vor.",
    "Le rapport compare les ventes du premier trimestre avec celles de l'année précédente.",
    "def total(rows): return sum(row['amount'] for row in rows if row.get('paid'))",
    "SELECT name, count(*) FROM visits WHERE day > '2025-01-01' GROUP BY name ORDER BY 2 DESC;",
    "See https://docs.example.org/guide/start?lang=en#install for the steps, then run the tests.",
    "Nuestro equipo de soporte responde en menos de 24 horas, de lunes a viernes.",
    "会議の議事録を短くまとめて、次の予定を三つ挙げてください。",
    "Temperature rose from 18.5 to 23.1 degrees between 09:30 and 14:45, then fell slowly.",
)
"""Sentences as people send them every day: our own."""


def check(rules: Rules) -> None:
    """Raise `ValidationError` by field for the first kind of the tenant's own that is refused."""
    names = [kind.name for kind in rules.own]
    for kind in rules.own:
        taken = {_label(name) for names in shipped_kinds().values() for name in names} | {DENIED_TERM}
        if kind.name in taken or names.count(kind.name) > 1:
            raise ValidationError({"name": f"{kind.name} is taken. Choose another name."})
        problems = dict(_problems(kind))
        if problems:
            raise ValidationError(problems)


def _label(kind: str) -> str:
    """Return a shipped kind as placeholders write it."""
    return kind.upper().replace("-", "_")


def _problems(kind: OwnKind) -> Iterator[tuple[str, str]]:
    """Yield (field, sentence) for what is wrong with a kind."""
    try:
        problem = _width_problem(kind)
    except PatternRefused as error:
        problem = str(error)
    if problem:
        yield "pattern", problem
        return
    table = OwnTable((pattern_of(kind),))
    for text in kind.must_match:
        if not _found(table, kind, text):
            yield "must_match", f"“{text[:60]}” is not found.{_context_hint(kind)}"
    for text in kind.must_not_match:
        if _found(table, kind, text):
            yield "must_not_match", f"“{text[:60]}” is found."


def _width_problem(kind: OwnKind) -> str:
    """Return what is wrong with a pattern that finds the empty string, or too much; raises `PatternRefused`."""
    expression = compile_pattern(kind.pattern)
    for text in ("", *ORDINARY, *kind.must_match, *kind.must_not_match):
        if any(match.start() == match.end() for match in expression.finditer(text)):
            return "The pattern matches the empty string, so it would match everywhere."
    covered = sum(match.end() - match.start() for text in ORDINARY for match in expression.finditer(text))
    if covered > MOST_COVERED * sum(map(len, ORDINARY)):
        return "The pattern finds too much: a good part of ordinary sentences matches it. Make it narrower."
    return ""


def _found(table: OwnTable, kind: OwnKind, text: str) -> bool:
    return any(hit.score >= kind.score for hit in table.hits(text))


def _context_hint(kind: OwnKind) -> str:
    return " A context word has to stand near it." if kind.context else ""
