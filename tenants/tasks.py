"""The base of tasks that work for one organisation, and the mail of invitations."""

import uuid
from typing import Any

from celery import Task, shared_task
from django.conf import settings
from django.urls import reverse

from audit import retention
from audit.outbox import handles
from tenants.mail import compose
from tenants.operations import organization_ids
from tenants.scope import org_scope
from tenants.services.invitations import LIFE, MAIL_TOPIC


class OrgTask(Task):  # type: ignore[type-arg]  # generic in the stubs only
    """A task whose first argument is the organisation's id; it runs with that organisation open and no other.

    A message whose id is missing or no UUID is refused: there is no task for everyone.
    """

    abstract = True

    def __call__(self, org_id: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (Celery's own signature)
        with org_scope(uuid.UUID(org_id)):
            return super().__call__(org_id, *args, **kwargs)


@handles(MAIL_TOPIC, waits=True)
def mail_invitation(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
    """Send an invitation; a tenant that may invite nobody now has those it owes wait."""
    link = settings.BASE_URL + reverse("invitation_accept", args=[payload["token"]])
    context = {**payload, "accept_url": link, "days": LIFE.days}
    compose("tenants/email/invitation", context, payload["email"], message_id).send()


@shared_task
def expire_rows() -> int:
    """Have what is past each organisation's retention deleted; returns how many organisations there are."""
    every = organization_ids()
    for org_id in every:
        expire_rows_of.apply_async((str(org_id),), retry=False)
    return len(every)


@shared_task(base=OrgTask)
def expire_rows_of(org_id: str) -> int:
    """Delete what is past one organisation's retention and not held; returns how many rows were."""
    return retention.expire()
