"""What tenants can be told of by webhook: ``subject.happened``, each with the sentence people read."""

from audit.sentences import Sentence


class WebhookEvent(Sentence):
    """A kind of event: the `type` of a webhook's body. The column has no choices: old rows keep former names."""

    DECISION_BLOCKED = "decision.blocked", "The guard blocked a text"
    DECISION_QUARANTINED = "decision.quarantined", "The guard held a text back for a person to look at"
    BUDGET_THRESHOLD_REACHED = "budget.threshold_reached", "A budget reached a share of its cap"
    BUDGET_EXCEEDED = "budget.exceeded", "A budget is used up"
    KEY_CREATED = "key.created", "An API key was made"
    KEY_ROTATED = "key.rotated", "An API key got a new secret"
    KEY_REVOKED = "key.revoked", "An API key was revoked"
    KEY_LEAKED = "key.leaked", "An API key was found in a text"
    LOGIN_RISK_DETECTED = "login.risk_detected", "A sign-in, or what followed it, looked wrong"
    POLICY_ACTIVATED = "policy.activated", "A new version of the guard policy came in force"
    POLICY_ROLLED_BACK = "policy.rolled_back", "A former version of the guard policy came in force again"
    TENANT_FROZEN = "tenant.frozen", "The organisation was frozen"
    TENANT_UNFROZEN = "tenant.unfrozen", "The organisation is no longer frozen"
    DISPUTE_OPENED = "dispute.opened", "A payment was disputed"
    DISPUTE_EVIDENCE_READY = "dispute.evidence_ready", "The evidence for a dispute is put together"
    DISPUTE_EVIDENCE_DUE = "dispute.evidence_due", "The evidence for a dispute is due soon"
    DISPUTE_CLOSED = "dispute.closed", "A dispute was decided"
    TEST = "webhook.test", "Somebody asked for a test"


OFFERED = tuple(kind for kind in WebhookEvent if kind is not WebhookEvent.TEST)
"""What an endpoint can be registered for; a test goes to the one that it is asked for."""
