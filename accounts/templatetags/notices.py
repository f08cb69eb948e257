"""The sentence beside the kind of a mail we sent."""

from django import template

from accounts.notices import Notice

register = template.Library()
_SENTENCES = {notice.value: notice.sentence for notice in Notice}


@register.filter
def notice_sentence(kind: str) -> str:
    """Return what a mail was about; a kind no longer known stays as it is."""
    return _SENTENCES.get(kind, kind)
