"""People's word that a decision was mistaken: it is kept with the decision and measured, never applied by itself."""

from django.db import transaction

from audit.events import Event
from audit.models import Decision
from audit.record import Actor, record_event
from promptguard.models import DecisionReport
from tenants.principal import Principal


@transaction.atomic
def report(
    decision: Decision, expected_action: str, comment: str, reporter: Principal, request_id: str = ""
) -> DecisionReport:
    """Keep `reporter`'s word on `decision`; said again, it replaces what the same reporter said before."""
    made, _ = DecisionReport.objects.update_or_create(
        decision_id=decision.id,
        reporter=reporter_of(reporter),
        defaults={"expected_action": expected_action, "comment": comment},
    )
    actor = Actor(reporter.kind.value, reporter.id, reporter.label, reporter.address, request_id)
    record_event(Event.DECISION_REPORTED, actor, decision.id, decision.action, expected=expected_action)
    return made  # type: ignore[no-any-return]


def reporter_of(principal: Principal) -> str:
    """Return how a report names who made it."""
    return f"{principal.kind}:{principal.id}"
