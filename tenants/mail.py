"""Mail: drawn from the templates ``<name>_subject.txt`` and ``<name>_message.txt``, with a twin in HTML.

The twin is made from the plain text, so the two never differ: lines of "Label: value" become a table, addresses become
links. Sending the same message twice shows as one mail, since the Message-ID is made from what owes it.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from tenants.models import Membership
from tenants.permissions import Role

KEEPERS = (Role.OWNER.value, Role.ADMIN.value)
"""Who looks after keys, sign-in and webhooks."""
TREASURERS = (Role.OWNER.value, Role.FINANCE.value)
"""Who looks after money."""
MOST = 50
"""People who get one mail each of one thing."""
_FACT = re.compile(r"([A-Z][\w -]{0,30}):[ \t]+(\S.*)")


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph of a mail: `facts` where every line of it is a label with its value, else `text`."""

    text: str
    facts: tuple[tuple[str, str], ...] = ()


def recipients(roles: tuple[str, ...], or_person: object = None) -> list[Any]:
    """Return those of the open organisation who have one of `roles`, and one more of it by id; `MOST` at most."""
    members = Membership.objects.select_related("user").filter(user__is_active=True)
    wanted = members.filter(role__in=roles) | members.filter(user_id=or_person)
    return [membership.user for membership in wanted.order_by("created_at", "id")[:MOST]]


def compose(name: str, context: dict[str, Any], to: str, owed_by: uuid.UUID) -> EmailMultiAlternatives:
    """Return the mail `name` to one address; `owed_by` is the outbox row that asked for it."""
    host = settings.BASE_URL.partition("//")[2].partition(":")[0]
    context = {**context, "base_url": settings.BASE_URL, "current_site": {"domain": host, "name": "Tidegate"}}
    subject = " ".join(render_to_string(f"{name}_subject.txt", context).split())
    body = render_to_string(f"{name}_message.txt", context).strip() + "\n"
    message = EmailMultiAlternatives(subject, body, to=[to], headers={"Message-ID": f"<{owed_by}@{host}>"})
    add_html(message)
    return message


def add_html(message: EmailMultiAlternatives) -> None:
    """Attach the twin of a mail's plain text."""
    text, _, foot = str(message.body).rpartition("\n--\n")
    context = {"subject": message.subject, "blocks": list(blocks(text)), "foot": foot.strip()}
    message.attach_alternative(render_to_string("email/shell.html", context), "text/html")


def blocks(text: str) -> Iterator[Block]:
    """Yield the paragraphs of a plain text."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines = [_FACT.fullmatch(line.strip()) for line in paragraph.splitlines()]
        facts = tuple((line[1], line[2]) for line in lines if line)
        yield Block(paragraph, facts if len(facts) == len(lines) else ())
