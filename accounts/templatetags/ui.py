"""The small words of every page: icons, badges, copyable ids, form fields, sort links.

Tags that draw something take their markup from ``templates/elements/``; nothing here knows HTML beyond one element.
"""

import re
from collections.abc import Mapping
from copy import copy
from functools import lru_cache
from typing import cast

from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

register = template.Library()

# The five actions, least severe first, and the policy's no: the word a person reads and the icon beside it.
# Colours are in static/css/elements.css.
ACTIONS: Mapping[str, tuple[str, str]] = {
    "allow": ("Allow", "circle-check"),
    "flag": ("Flag", "flag"),
    "redact": ("Redact", "eraser"),
    "quarantine": ("Quarantine", "package-search"),
    "block": ("Block", "octagon-x"),
    "deny": ("Deny", "ban"),
}
MESSAGE_ICONS: Mapping[str, str] = {
    "success": "circle-check",
    "info": "info",
    "debug": "info",
    "warning": "triangle-alert",
    "error": "circle-alert",
}


@lru_cache(maxsize=512)
def svg_icon(name: str, size: int = 16, classes: str = "", label: str = "") -> SafeString:
    """Return the SVG of a lucide icon; decorative unless it has a `label`. Only fixed names reach this cache."""
    naming = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    svg = lucide(
        name, size=size, stroke_width="1.75", focusable="false", **{"class": f"icon {classes}".strip()}, **naming
    )
    compact = re.sub(r">\s+<", "><", svg)
    return mark_safe(compact)  # noqa: S308  (the package's own SVG; the attributes were escaped by ElementTree)


@register.simple_tag
def icon(name: str, size: int = 16, classes: str = "", label: str = "") -> SafeString:
    """Return an inline icon: ``{% icon "key" %}``, ``{% icon "key" size=20 label="API key" %}``."""
    return svg_icon(str(name), size, str(classes), str(label))


@register.simple_tag
def message_icon(level: str) -> SafeString:
    """Return the icon of a message level (success, info, warning, error)."""
    return svg_icon(MESSAGE_ICONS.get(level, "info"))


@register.inclusion_tag("elements/action.html")
def action(name: str, large: bool = False) -> dict[str, object]:
    """Draw the badge of one of the five actions: icon, word and colour."""
    word, icon_name = ACTIONS[str(name)]
    return {"name": str(name), "word": word, "icon_name": icon_name, "large": large}


@register.filter
def action_word(name: str) -> str:
    """Return the word of an action, for places where a badge would be too much."""
    return ACTIONS[str(name)][0]


@register.inclusion_tag("elements/copyable.html")
def copyable(value: object, label: str = "", what: str = "value") -> dict[str, object]:
    """Show an id in monospace on one line, with a copy button; `label` is shown instead of the whole value."""
    return {"value": value, "label": label or value, "what": what}


@register.inclusion_tag("elements/field.html")
def field(bound: BoundField, **options: str | bool) -> dict[str, object]:
    """Draw label, control, hint and errors of a form field.

    `label`, `help_text`, `link_url` and `link_text` (a link at the end of the label's line) replace the field's own;
    every other option becomes an attribute of the control (``False`` removes it), ``aria_label`` as ``aria-label``.
    """
    texts = {name: options.pop(name) for name in ("label", "help_text", "link_url", "link_text") if name in options}
    shown = copy(bound)  # what the control says describes it follows from the help text that is shown
    shown.label = str(texts.get("label", bound.label))
    shown.help_text = cast(str, texts.get("help_text", bound.help_text))
    attributes = {name.replace("_", "-"): value for name, value in options.items()}
    return {
        "field": shown,
        "control": shown.as_widget(attrs=attributes),
        "label": shown.label,
        "help_text": shown.help_text,
        "link_url": texts.get("link_url"),
        "link_text": texts.get("link_text"),
    }


@register.simple_tag(takes_context=True)
def sort_header(context: Context, key: str, label: str, right: bool = False) -> SafeString:
    """Return a table heading that sorts on the server by ``?sort=key`` and ``?sort=-key``; it starts over at page one.

    The view says the order in force as `sort` in its context.
    """
    request: HttpRequest = context["request"]
    current = str(context.get("sort", ""))
    query = request.GET.copy()
    query["sort"] = f"-{key}" if current == key else key
    query.pop("cursor", None)
    state = {key: "ascending", f"-{key}": "descending"}.get(current)
    return format_html(
        '<th scope="col"{}{}><a href="?{}">{}{}</a></th>',
        format_html(' class="{}"', "right") if right else "",
        format_html(' aria-sort="{}"', state) if state else "",
        query.urlencode(),
        label,
        _sort_icon(state),
    )


def _sort_icon(state: str | None) -> SafeString:
    """Return the arrow of a sorted column, or the faint mark of one that could be."""
    names = {"ascending": "arrow-up", "descending": "arrow-down"}
    return svg_icon(names.get(state or "", "chevrons-up-down"), 12)


@register.filter
def inline_svg(document: str) -> SafeString:
    """Return the <svg> element of a whole SVG document that our own server drew (the QR code of an authenticator)."""
    return mark_safe(document[document.index("<svg") :])  # noqa: S308


@register.filter
def initials(name: str) -> str:
    """Return one or two letters for an avatar: "Ada Lovelace" → AL, "ada@example.com" → A."""
    words = str(name).split("@", 1)[0].split()
    return "".join(word[0] for word in words[:2]).upper()
