"""The sentence beside a code: events, reasons, permissions, roles and classes of content, as people read them."""

from enum import StrEnum

from django import template

from audit.events import Event
from audit.reasons import Reason
from audit.sentences import Sentence
from tenants.permissions import Permission, Role

register = template.Library()

CATEGORIES = {
    "pii": "Personal data",
    "secrets": "Secrets",
    "prompt_injection": "Prompt injection",
    "exfiltration": "Exfiltration",
    "cross_tenant": "Other tenants' data",
    "moderation": "Harmful content",
    "custom": "Your own kinds",
    "DENIED_TERM": "Denied terms",
    "PERSON": "Personal data: a person's name alone",
    "IP_ADDRESS": "Personal data: a network address alone",
}


EVENTS: dict[str, Sentence] = {event.value: event for event in Event}
REASONS: dict[str, Sentence] = {reason.value: reason for reason in Reason}
PERMISSIONS: dict[str, Sentence] = {permission.value: permission for permission in Permission}
ROLES: dict[str, Sentence] = {role.value: role for role in Role}


def _sentence(known: dict[str, Sentence], code: str | StrEnum) -> str:
    """Return the sentence of a code; old records may hold codes that are no longer known, which stay as they are."""
    member = known.get(str(code))
    return member.sentence if member else str(code)


@register.filter
def event_sentence(code: str) -> str:
    """Return what somebody did: "created an API key"."""
    return _sentence(EVENTS, code)


@register.filter
def reason_sentence(code: str) -> str:
    """Return why: "The API key has expired."."""
    return _sentence(REASONS, code)


@register.filter
def permission_sentence(code: str) -> str:
    """Return what a permission or a key's scope allows: "Check texts with the guard"."""
    return _sentence(PERMISSIONS, code)


@register.filter
def role_sentence(code: str) -> str:
    """Return what a role is for."""
    return _sentence(ROLES, code)


@register.filter
def category_name(code: str) -> str:
    """Return the name of a class of content: "Personal data"; a finer kind keeps its own."""
    return CATEGORIES.get(code) or (code.replace("_", " ").capitalize() if code.islower() else code)
