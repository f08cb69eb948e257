"""People's word that a decision was mistaken: it is kept with the decision and measured, never applied by itself."""

from django.db import transaction

from audit.events import Event
from audit.models import Decision
from audit.record import record_event
from promptguard.models import DecisionReport
from tenants.guard import Grant
from tenants.permissions import Permission
from tenants.principal import Principal


@transaction.atomic
def report(grant: Grant, decision: Decision, expected_action: str, comment: str) -> DecisionReport:
    """Keep somebody's word on `decision`; said again, it replaces what the same reporter said before."""
    grant.must_be(Permission.DECISIONS_REPORT)
    made, _ = DecisionReport.objects.update_or_create(
        decision_id=decision.id,
        reporter=reporter_of(grant.principal),
        defaults={"expected_action": expected_action, "comment": comment},
    )
    record_event(
        Event.DECISION_REPORTED,
        grant.actor(),
        decision.id,
        decision.action,
        decision_id=grant.decision_id,
        expected=expected_action,
    )
    return made  # type: ignore[no-any-return]  # the manager of tenant models has no row type


def reporter_of(principal: Principal) -> str:
    """Return how a report names who made it."""
    return f"{principal.kind}:{principal.id}"
