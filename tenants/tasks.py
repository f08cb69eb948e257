"""The base of tasks that work for one organisation, how sweeps hand those out, and the mail of invitations."""

import uuid
from typing import Any

from celery import Task, shared_task
from django.conf import settings
from django.db import connection
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


def hand_out(task: "Task[..., Any]", statement: str, *values: int) -> int:
    """Ask for `task` once for each row of ids that `statement` lists across tenants; returns how many rows there are.

    Nothing but ids is read here, and nothing hangs on the messages: what was not done is found by the next sweep.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        due: list[tuple[uuid.UUID, ...]] = cursor.fetchall()
    for ids in due:
        task.apply_async(tuple(str(one) for one in ids), retry=False)
    return len(due)


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
