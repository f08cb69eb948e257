"""The steps of a case: what happened to it, who did it, and from which state it went to which."""

from typing import Any

from audit.record import Actor
from billing.disputes.models import DisputeCase, DisputeStep
from billing.processor.accounts import STRIPE as STRIPE  # others note its steps

SYSTEM = Actor("system", "disputes", "Tidegate")


def note(
    case: DisputeCase,
    kind: str,
    text: str,
    *,
    key: str = "",
    actor: Actor = SYSTEM,
    before: str = "",
    **detail: Any,  # noqa: ANN401 (JSON)
) -> bool:
    """Add a step, in the transaction of what it tells of; returns whether it is new. What has a `key` happens once.

    `before` is the state that the case was in, where this step moved it.
    """
    step = DisputeStep(case=case, kind=kind, text=text[:300], before=before, after=case.state, detail=detail)
    step.key = key or str(step.id)
    step.actor_kind, step.actor_id, step.actor_label = actor.kind, actor.id, actor.label[:120]
    if key and DisputeStep.objects.filter(case=case, key=key).exists():  # the case is locked: nobody adds it meanwhile
        return False
    step.save(force_insert=True)
    return True
