"""Amounts of the ledger in dollars. Shown only: sums are made of whole nanos."""

from django import template

from billing.ledger.models import Budget
from billing.ledger.names import in_words

register = template.Library()


@register.filter
def dollars(nanos: int) -> str:
    """Return an amount of nanos in US dollars."""
    return in_words(nanos, Budget.Unit.NANOS)


@register.filter
def per_million(nanos: int) -> str:
    """Return the price of a token as that of a million, as providers print it."""
    return in_words(nanos * 1_000_000, Budget.Unit.NANOS)
