"""Contrast of the design tokens in both themes, computed as WCAG 2.2 does (1.4.3 text 4.5:1, 1.4.11 controls 3:1)."""

import re

import pytest
from django.conf import settings

THEMES = ("light", "dark")
SURFACES = ("canvas", "surface", "surface-sunken", "surface-hover")
ACTIONS = ("allow", "flag", "redact", "quarantine", "block")
TEXT = [
    *((ink, ground) for ink in ("text", "text-muted", "text-faint") for ground in SURFACES),
    *(
        (ink, ground)
        for ink in ("accent", "accent-hover", "danger")
        for ground in ("canvas", "surface", "surface-sunken")
    ),
    *((action, f"{action}-soft") for action in ACTIONS),
    *((action, ground) for action in ACTIONS for ground in ("canvas", "surface")),
    *(("text", f"{action}-soft") for action in ACTIONS),
    ("text", "accent-soft"),
    ("text", "danger-soft"),
    ("accent", "accent-soft"),
    ("danger", "danger-soft"),
    ("on-accent", "accent-fill"),
    ("on-accent", "accent-fill-hover"),
    ("on-danger", "danger-fill"),
    ("on-danger", "danger-fill-hover"),
    ("sandbox", "sandbox-soft"),
    ("production", "production-fill"),
]
EDGES = [
    *(("border-strong", ground) for ground in ("canvas", "surface")),
    *(("focus", ground) for ground in ("canvas", "surface", "surface-sunken")),
    *((f"{action}-line", "surface") for action in ACTIONS),
    ("accent-fill", "surface"),
    ("danger-fill", "surface"),
]


def tokens() -> dict[str, tuple[str, str]]:
    """Return {name: (light, dark)} of the colours in the stylesheet."""
    css = (settings.BASE_DIR / "static" / "css" / "tokens.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", css)
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def too_faint(pairs: list[tuple[str, str]], theme: str, least: float) -> dict[str, float]:
    """Return the pairs below `least`, with their contrast."""
    colours, at = tokens(), THEMES.index(theme)
    found = {f"{ink} on {ground}": round(ratio(colours[ink][at], colours[ground][at]), 2) for ink, ground in pairs}
    return {pair: value for pair, value in found.items() if value < least}


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable(theme: str) -> None:
    assert too_faint(TEXT, theme, 4.5) == {}


@pytest.mark.parametrize("theme", THEMES)
def test_the_edges_of_controls_are_seen(theme: str) -> None:
    assert too_faint(EDGES, theme, 3.0) == {}


def test_the_measure_is_the_standard_one() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
