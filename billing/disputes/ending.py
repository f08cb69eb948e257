"""What the end of a dispute does: a freeze is lifted or kept, the hold runs out, and what was lost is owed."""

from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiKeySecret
from accounts.notices import Notice
from audit import holds
from audit.events import Event
from audit.outbox import post
from audit.record import Actor, record_event
from billing.disputes.containing import stop, thaw, told
from billing.disputes.debts import forgive, owe
from billing.disputes.models import DisputeCase, Proposal
from billing.disputes.states import State
from billing.disputes.telling import tell_desk, tell_tenant
from billing.disputes.timeline import note
from billing.entitlements.models import Freeze, Off
from billing.entitlements.verbs import switch_off
from billing.subscriptions.entitling import current
from billing.subscriptions.trials import END_TOPIC
from tenants.webhooks.emitting import emit
from tenants.webhooks.kinds import WebhookEvent

_MEANS = {
    State.WON: "The bank decided for us.",
    State.LOST: "The bank decided for the cardholder. The organisation stays frozen until what was taken back is paid.",
    State.WARNING_CLOSED: "The inquiry was closed without a chargeback.",
    State.PREVENTED: "The dispute was prevented.",
    State.ACCEPTED: "We accepted the dispute.",
}


def close(case: DisputeCase, actor: Actor) -> None:
    """Do what follows from the state in which the case ended; it is locked. A lost one freezes last."""
    ends = holds.release(case.cause)
    if ends is not None and note(case, "release", f"The hold ends on {ends:%d %B %Y}.", key=f"release:{ends:%Y%m%d}"):
        record_event(Event.HOLD_ENDS, actor, case.cause, ends_at=ends.isoformat())
    undecided = Proposal.objects.filter(case=case, outcome="").exclude(kind=Proposal.Kind.LIFT)
    undecided.update(
        outcome=Proposal.Outcome.WITHDRAWN, decider_id=actor.id, decider=actor.label[:120], decided_at=timezone.now()
    )
    _tell(case, actor)
    if case.state == State.LOST:
        _lose(case)
    elif case.state != State.ACCEPTED:
        forgive(case, actor)
        thaw(case, actor)


def _means(case: DisputeCase) -> str:
    """Return what the desk is told; an accepted inquiry froze nothing, and two people may have lifted a freeze."""
    frozen = case.state == State.ACCEPTED and Freeze.objects.filter(cause=case.cause, lifted_at=None).exists()
    stays = " The organisation stays frozen until two people lift that." if frozen else ""
    return _MEANS[State(case.state)] + stays


def _lose(case: DisputeCase) -> None:
    """The money is gone: it is owed, the plan opens nothing and ends, and every key needs a new secret."""
    owe(case)
    switch_off(Off.DISPUTE_LOST)
    if (subscription := current()) is not None:
        post(END_TOPIC, {"subscription": subscription.stripe_id})
        note(case, "plan_ended", "The subscription ends: nothing more is charged for what is shut.")
    now = timezone.now()
    lasting = ApiKeySecret.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now))
    ended = lasting.update(expires_at=now)
    note(case, "keys_ended", f"{ended} secrets of API keys ended: each key has to be rotated before it is used again.")
    stop(case)


def _tell(case: DisputeCase, actor: Actor) -> None:
    state = State(case.state)
    record_event(Event.DISPUTE_CLOSED, actor, case.cause, case.stripe_id, outcome=state.value)
    tell_tenant(Notice.DISPUTE_CLOSED, case, outcome=state.value)
    tell_desk(f"Dispute {state.label.lower()}", _means(case), case)
    emit(WebhookEvent.DISPUTE_CLOSED, {**told(case), "outcome": state.value})
