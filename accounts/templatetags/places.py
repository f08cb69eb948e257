"""Where an address is, in words: ``{{ session.ip|place }}``."""

from django import template

from accounts.risk.places import place_of

register = template.Library()


@register.filter
def place(address: str | None) -> str:
    """Return "France" or "Lyon, France" for an address; "" where the table does not know it."""
    return str(place_of(address or "") or "")
