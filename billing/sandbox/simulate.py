"""What the control panel makes happen to a customer: a dispute, a warning, a decline, the end of a trial."""

from collections.abc import Callable, Mapping

from billing.sandbox import disputing, subscribing
from billing.sandbox.cards import DECLINES
from billing.sandbox.faults import invalid
from billing.sandbox.objects.template import Object
from billing.sandbox.state import State

REASONS = [
    "bank_cannot_process",
    "check_returned",
    "credit_not_processed",
    "customer_initiated",
    "debit_not_authorized",
    "duplicate",
    "fraudulent",
    "general",
    "incorrect_account_details",
    "insufficient_funds",
    "noncompliant",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
    "unrecognized",
]
Said = Mapping[str, object]


def _one_of(said: Said, name: str, options: list[str], default: str) -> str:
    value = str(said.get(name) or default)
    if value not in options:
        raise invalid(f"{name} must be one of {', '.join(options)}.", name)
    return value


def _charge(state: State, said: Said) -> Object:
    """Return the charge that is meant: the one that is named, or the customer's newest one that nobody disputed."""
    if said.get("charge"):
        return state.get("charge", str(said["charge"]), "charge")
    customer = state.get("customer", str(said.get("customer", "")), "customer")
    paid = state.every("charge", customer=customer["id"], status="succeeded", disputed=False, refunded=False)
    if not paid:
        raise invalid("This customer has paid nothing that could be disputed.", "customer")
    return paid[-1]


def dispute(state: State, said: Said) -> Object:
    reason = _one_of(said, "reason", REASONS, "fraudulent")
    case_type = _one_of(said, "case_type", list(disputing.STATUSES), "chargeback")
    charge = _charge(state, said)
    opened = disputing.open_dispute(state, charge, reason, case_type)
    disputing.no_longer_actionable(state, charge)
    return opened


def prevented(state: State, said: Said) -> Object:
    return disputing.prevent(state, _charge(state, said))


def warning(state: State, said: Said) -> Object:
    return disputing.warn(state, _charge(state, said))


def decline(state: State, said: Said) -> Object:
    """Let the customer's next payments fail, one for each of the ``codes``, or ``times`` with one ``code``."""
    customer = state.get("customer", str(said.get("customer", "")), "customer")
    code = _one_of(said, "code", list(DECLINES), "insufficient_funds")
    times = said.get("times", 1)
    if not isinstance(times, int) or not 0 < times <= 100:
        raise invalid("times is a number from 1 to 100.", "times")
    state.secrets_of(customer["id"]).setdefault("declines", []).extend([code] * times)
    state.revision += 1
    return customer


def end_trial(state: State, said: Said) -> Object:
    customer = state.get("customer", str(said.get("customer", "")), "customer")
    for subscription in state.every("subscription", customer=customer["id"], status="trialing"):
        subscribing.cut_trial(state, subscription)
        return subscription
    raise invalid("This customer has no trial that runs.", "customer")


def decide(state: State, said: Said) -> Object:
    found = state.get("dispute", str(said.get("dispute", "")), "dispute")
    disputing.decide(state, found, _one_of(said, "outcome", ["won", "lost"], "lost"))
    return found


ACTS: dict[str, Callable[[State, Said], Object]] = {
    "decide": decide,
    "decline": decline,
    "dispute": dispute,
    "end_trial": end_trial,
    "prevented": prevented,
    "warning": warning,
}


def simulate(state: State, said: Said) -> Object:
    """Do an act by its name (``act``); the other values say to whom and how."""
    return ACTS[_one_of(said, "act", list(ACTS), "")](state, said)
