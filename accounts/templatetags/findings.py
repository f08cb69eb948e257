"""Text with what the guard found in it: each span in the colour of the action taken, the word beside it."""

from collections.abc import Iterable
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


# How strong an action is, for spans that overlap: the stronger one is drawn.
STRENGTH = {name: rank for rank, name in enumerate(ACTIONS)}


@register.filter
def marked(text: str, spans: Iterable[Span]) -> SafeString:
    """Return the text, escaped, with every span marked; where spans overlap the stronger action wins."""
    pieces: list[SafeString] = []
    position = 0
    for span in without_overlaps(spans):
        pieces += [conditional_escape(text[position : span.start]), _mark(text[span.start : span.end], span)]
        position = span.end
    pieces.append(conditional_escape(text[position:]))
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Return the spans to draw, in text order: of two that touch the same characters only the stronger, longer one."""
    chosen: list[Span] = []
    for span in sorted(spans, key=lambda span: (-STRENGTH[str(span.action)], span.start - span.end)):
        if span.start < span.end and all(span.end <= other.start or span.start >= other.end for other in chosen):
            chosen.append(span)
    return sorted(chosen, key=lambda span: span.start)


def _mark(text: str, span: Span) -> SafeString:
    """Return one marked run of text; the word is not part of what a person copies."""
    word, _ = ACTIONS[str(span.action)]
    return format_html(
        '<mark class="span span-{}" title="{} · {}">{}<span class="span-word"> {}</span></mark>',
        span.action,
        span.kind,
        span.reason_code,
        text,
        word,
    )
