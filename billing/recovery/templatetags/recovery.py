"""The card of failed payments, for whichever page shows what an organisation owes."""

from typing import Any

from django import template

from billing.recovery import shown

register = template.Library()


@register.inclusion_tag("recovery/card.html")
def failed_payments() -> dict[str, Any]:
    """Draw what the open organisation still owes; nothing where it owes nothing."""
    return shown.card()
