"""How pages say the words of Stripe's lists."""

from django import template

register = template.Library()


@register.filter
def spoken(word: str) -> str:
    """Return ``product_not_received`` as people say it."""
    return word.replace("_", " ")
