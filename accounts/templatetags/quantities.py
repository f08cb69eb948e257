"""How pages say times, money and counts.

Times are relative, with the exact value in a title (static/js/ui.js rewrites it to the browser's zone). Money shows its
currency. Counts are grouped.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# (up to so many seconds, seconds in a unit, short name of the unit). Days up to a hundred: of a key that lives 90 days
# "in 2 mo" would be a month too early.
STEPS = ((3600, 60, "min"), (86400, 3600, "h"), (100 * 86400, 86400, "d"), (365 * 86400, 30 * 86400, "mo"))
YEAR_S = 365 * 86400
SLACK = 0.02
"""Of a unit: an invitation for seven days that was made a minute ago ends "in 7 d", and not "in 6 d"."""
# ISO 4217 minor units that are not 2.
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def relative(moment: datetime, now: datetime) -> str:
    """Return the distance in words: "just now", "5 min ago", "in 3 d"."""
    seconds = (now - moment).total_seconds()
    distance = abs(seconds)
    if distance < 45:
        return "just now"
    return f"{_distance(distance)} ago" if seconds > 0 else f"in {_distance(distance, slack=SLACK)}"


def _distance(seconds: float, slack: float = 0) -> str:
    """Return seconds in the one unit a person would use; what lacks at most `slack` of a unit counts as whole."""
    for limit, unit_s, name in STEPS:
        if seconds < limit:
            return f"{max(1, int(seconds / unit_s + slack))} {name}"
    return f"{int(seconds // YEAR_S)} y"


def exact(moment: datetime) -> str:
    """Return the moment to the second in the viewer's zone, with the zone's name."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S %Z")


@register.filter
def ago(moment: datetime | None) -> str | SafeString:
    """Return a relative time whose exact value shows on hover; an em dash when there is none."""
    if moment is None:
        return "—"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact(moment), relative(moment, timezone.now())
    )


@register.filter
def moment(value: datetime | None) -> str | SafeString:
    """Return the exact time in the viewer's zone, for records that are read as evidence."""
    if value is None:
        return "—"
    return format_html('<time datetime="{}" data-exact>{}</time>', value.isoformat(), exact(value))


@register.filter
def money(amount: int | Decimal | None, currency: str = "USD") -> str:
    """Return money with its currency; `amount` is minor units (cents) as an int, or major units as a Decimal."""
    if amount is None:
        return "—"
    code = str(currency).upper()
    digits = MINOR_DIGITS.get(code, 2)
    major = Decimal(amount).scaleb(-digits) if isinstance(amount, int) else amount
    number = f"{abs(major):,.{digits}f}"
    return f"{'−' if major < 0 else ''}{SIGNS.get(code, '')}{number} {code}"


@register.filter
def grouped(number: int | float | None) -> str:
    """Return a count with its thousands grouped: 12,345."""
    return "—" if number is None else f"{number:,}"


@register.filter
def percent(share: float | None, digits: int = 0) -> str:
    """Return a share in [0, 1] as a percentage: 0.125 → 13 %."""
    return "—" if share is None else f"{share * 100:.{digits}f} %"


@register.filter
def milliseconds(duration: timedelta | float | None) -> str:
    """Return a duration, or a number of milliseconds, as "3.4 ms" or "1.2 s"."""
    if duration is None:
        return "—"
    value = duration.total_seconds() * 1000 if isinstance(duration, timedelta) else float(duration)
    return f"{value / 1000:.1f} s" if value >= 1000 else f"{value:.1f} ms"
