"""Text with what the guard found in it: each span in the colour of the action taken, the word beside it."""

from collections.abc import Iterable
from itertools import groupby
from typing import Protocol

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.templatetags.ui import ACTIONS

register = template.Library()


class Span(Protocol):
    """What the page needs of a finding: code point offsets (end exclusive), the action taken, and why."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def action(self) -> str: ...
    @property
    def reason_code(self) -> str: ...
    @property
    def kind(self) -> str: ...


# How strong an action is, for spans that overlap: the stronger one lies on top.
STRENGTH = {name: rank for rank, name in enumerate(ACTIONS)}


@register.filter
def marked(text: str, spans: Iterable[Span]) -> SafeString:
    """Return the text, escaped, every span marked; one that others cut up says its word once, on its longest part."""
    runs = painted(len(text), spans)
    longest = {id(span): start for span, start, end in sorted(runs, key=lambda run: run[2] - run[1])}
    pieces = [
        _mark(text[start:end], span, said=longest[id(span)] == start) if span else conditional_escape(text[start:end])
        for span, start, end in runs
    ]
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def painted(length: int, spans: Iterable[Span]) -> list[tuple[Span | None, int, int]]:
    """Return what to draw of a text of `length`, in order: (the span on top or None, start, end).

    The stronger action lies on top, and of equal ones the shorter span: a finding in the whole text hides none within.
    """
    top: list[Span | None] = [None] * length
    for span in sorted(spans, key=lambda span: (STRENGTH[str(span.action)], span.start - span.end)):
        start, end = max(0, span.start), min(length, span.end)
        top[start:end] = [span] * (end - start)
    runs = [list(run) for _, run in groupby(range(length), key=lambda place: id(top[place]))]
    return [(top[run[0]], run[0], run[-1] + 1) for run in runs]


def _mark(text: str, span: Span, *, said: bool) -> SafeString:
    """Return one marked run of text, with the action's word where it is `said`; a person who copies gets no word."""
    word, _ = ACTIONS[str(span.action)]
    return format_html(
        '<mark class="span span-{}" title="{} · {}">{}{}</mark>',
        span.action,
        span.kind,
        span.reason_code,
        text,
        format_html('<span class="span-word"> {}</span>', word) if said else "",
    )
