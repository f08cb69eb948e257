"""Whether a dispute meets Visa's Compelling Evidence 3.0, and what is missing where it does not.

Rules: two earlier charges of the same card, paid and never disputed or refunded, 120 to 365 days before the dispute;
the disputed charge and both of them share two main elements (address, device), or a main and a further one (account,
e-mail address). The two forms of a device count once; ours is a fingerprint of at least 20 characters.
Source: Stripe's documentation of Visa CE 3.0; `network_reason_code` 10.4.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

from billing.evidence.facts import Charge, Checkout, Facts

EARLIEST, LATEST = timedelta(days=365), timedelta(days=120)
SHORTEST_FINGERPRINT = 20
NEAR = timedelta(days=1)
"""How long before a charge its buyer's visit may lie to speak for it."""
MAIN = ("customer_purchase_ip", "customer_device_fingerprint")
FURTHER = ("customer_account_id", "customer_email_address")


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What was found: the two prior charges, the elements all three share, and the sentences of what is missing."""

    applies: bool
    missing: tuple[str, ...] = ()
    priors: tuple[Charge, ...] = ()
    shared: tuple[str, ...] = ()
    elements: Mapping[str, str] | None = None

    @property
    def qualified(self) -> bool:
        return self.applies and not self.missing


def eligibility(facts: Facts) -> Eligibility:
    """Return whether the dispute meets the programme, from its charges and the visits behind them."""
    if (facts.charge is None or facts.charge.network != "visa") or facts.case.network_reason_code != "10.4":
        return Eligibility(False, ("It is for Visa disputes of the reason 10.4 (fraud, card absent) only.",))
    own = _elements(facts, facts.charge)
    priors = [charge for charge in facts.charges if _is_prior(facts, facts.charge, charge)]
    pairs = [(pair, _shared(facts, own, pair)) for pair in combinations(priors, 2)]
    best = max(pairs, key=lambda found: (_suffices(found[1]), len(found[1])), default=((), ()))
    missing = tuple(_missing(own, len(priors), best[1]))
    return Eligibility(True, missing, best[0], best[1], own)


def _is_prior(facts: Facts, disputed: Charge, charge: Charge) -> bool:
    if charge.id == disputed.id or charge.disputed or charge.refunded_cents or charge.status != "succeeded":
        return False
    same_card = bool(charge.fingerprint) and charge.fingerprint == disputed.fingerprint
    return same_card and charge.at is not None and LATEST <= facts.case.opened_at - charge.at <= EARLIEST


def _elements(facts: Facts, charge: Charge) -> dict[str, str]:
    """Return what is known of who paid, without what is not known."""
    visit = _behind(facts, charge)
    known = {"customer_account_id": facts.account.org_id}
    if visit is not None:
        known["customer_email_address"] = visit.email
        known["customer_purchase_ip"] = visit.address
        if len(visit.device_hash) >= SHORTEST_FINGERPRINT:
            known["customer_device_fingerprint"] = visit.device_hash
    return {name: value for name, value in known.items() if value}


def _behind(facts: Facts, charge: Charge) -> Checkout | None:
    at = charge.at
    near = [visit for visit in facts.checkouts if at and timedelta() <= at - visit.at <= NEAR]
    return max(near, key=lambda visit: visit.at, default=None)


def _shared(facts: Facts, own: Mapping[str, str], priors: tuple[Charge, ...]) -> tuple[str, ...]:
    others = [_elements(facts, charge) for charge in priors]
    return tuple(name for name in (*MAIN, *FURTHER) if name in own and all(own[name] == o.get(name) for o in others))


def _suffices(shared: tuple[str, ...]) -> bool:
    main = sum(name in MAIN for name in shared)
    return main == len(MAIN) or (main == 1 and len(shared) > 1)


def _missing(own: Mapping[str, str], priors: int, shared: tuple[str, ...]) -> Iterator[str]:
    if priors < 2:
        yield f"Two undisputed charges of the same card, 120 to 365 days old, are needed; there are {priors}."
    if not set(MAIN) & own.keys():
        yield "Neither address nor device of the disputed purchase is known."
    if priors >= 2 and not _suffices(shared):
        yield "No two earlier purchases share an address or a device with the disputed one, and a second element."


def enhanced(facts: Facts, found: Eligibility, product: str) -> dict[str, object]:
    """Return ``enhanced_evidence`` as Stripe takes it; of a dispute that qualifies."""
    disputed = {**(found.elements or {}), "merchandise_or_services": "services", "product_description": product}
    priors = [
        {"charge": charge.id, **_elements(facts, charge), "product_description": product} for charge in found.priors
    ]
    kinds = {"disputed_transaction": disputed, "prior_undisputed_transactions": priors}
    return {"visa_compelling_evidence_3": kinds}
