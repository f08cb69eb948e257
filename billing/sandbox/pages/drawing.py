"""Drawing a page of the sandbox from its template."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.template.loader import render_to_string

from billing.sandbox.cards import CARDS
from billing.sandbox.exchange import Response, page_headers
from billing.sandbox.objects.template import Object
from billing.sandbox.pages.styles import SHEETS
from billing.sandbox.version import NAME


def draw(page: str, status: int = 200, returns_to: str | None = None, **context: Any) -> Response:  # noqa: ANN401
    """Return a page; `returns_to` is the address that its forms may end at, on another origin."""
    known = {"product": NAME, "sheets": SHEETS, "cards": list(CARDS.values())}
    html = render_to_string(f"sandbox/{page}.html", known | context)
    return Response(status, html.encode(), headers=page_headers(origin(returns_to)))


def origin(address: str | None) -> str:
    """Return the origin of an address, nothing for what is no address of the web."""
    parts = urlsplit(address or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} and parts.netloc else ""


def money(amount: int, currency: str) -> str:
    """Return an amount of minor units as people read it; every currency here has two places."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100:,}.{abs(amount) % 100:02d} {currency.upper()}"


def day(moment: int | None) -> str:
    """Return a moment as people read it, in UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime("%-d %b %Y, %H:%M UTC") if moment else ""


def named_card(method: Object) -> str:
    """Return what a page calls a payment method."""
    return f"{method['card']['brand'].title()} ending in {method['card']['last4']}"
