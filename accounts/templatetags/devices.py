"""A browser's User-Agent in words a person knows: "Firefox on Linux".

Good enough to recognise one's own devices; nothing is decided by it.
"""

import re

from django import template

register = template.Library()

# The first that matches wins: Edge, Opera and Samsung's browser also say "Chrome", Chrome also says "Safari".
BROWSERS = (
    (re.compile(r"Edg(?:e|A|iOS)?/"), "Edge"),
    (re.compile(r"OPR/|Opera"), "Opera"),
    (re.compile(r"SamsungBrowser/"), "Samsung Internet"),
    (re.compile(r"Firefox/|FxiOS/"), "Firefox"),
    (re.compile(r"Chrome/|CriOS/|Chromium/"), "Chrome"),
    (re.compile(r"Safari/"), "Safari"),
    (re.compile(r"curl/"), "curl"),
)
SYSTEMS = (
    (re.compile(r"iPhone|iPod"), "iPhone"),
    (re.compile(r"iPad"), "iPad"),
    (re.compile(r"Android"), "Android"),
    (re.compile(r"Windows"), "Windows"),
    (re.compile(r"Mac OS X|Macintosh"), "macOS"),
    (re.compile(r"CrOS"), "ChromeOS"),
    (re.compile(r"Linux|X11"), "Linux"),
)
HANDHELD = {"iPhone", "iPad", "Android"}


def _first(choices: tuple[tuple[re.Pattern[str], str], ...], user_agent: str) -> str:
    """Return the name of the first pattern that is found, or nothing."""
    return next((name for pattern, name in choices if pattern.search(user_agent)), "")


@register.filter
def device_name(user_agent: str) -> str:
    """Return "Firefox on Linux" for a User-Agent header, or "Unknown device"."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Unknown device"


@register.filter
def device_icon(user_agent: str) -> str:
    """Return the icon that suits the device."""
    return "smartphone" if _first(SYSTEMS, user_agent) in HANDHELD else "monitor"
