"""Packs as the desk shows them: what is answered and what is missing, where it stands, what can be done next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from billing.disputes.models import DisputeCase
from billing.evidence.fields import ENHANCED, FILES, LABELS, wanted
from billing.evidence.models import EvidencePack

State = EvidencePack.State
_NEEDS = {
    ENHANCED: "It is for Visa fraud disputes with two earlier undisputed charges.",
    "access_activity_log": "No call and no sign-in is on record.",
    "cancellation_policy": "No acceptance of our terms is on record.",
    "cancellation_policy_disclosure": "No acceptance of our terms is on record.",
    "cancellation_rebuttal": "Say on which day they claim to have cancelled; there must be use after it.",
    "customer_communication": "No mail to them is on record.",
    "customer_purchase_ip": "No visit before the payment is on record.",
    "duplicate_charge_documentation": "Name the other charge.",
    "duplicate_charge_explanation": "Name the other charge; its invoice must be for another period.",
    "duplicate_charge_id": "Name the other charge.",
    "receipt": "The disputed charge is not on record.",
    "refund_policy": "No acceptance of our terms is on record.",
    "refund_policy_disclosure": "No acceptance of our terms is on record.",
    "refund_refusal_explanation": "No use in the period that was paid for is on record.",
    "service_date": "The invoice of the charge is not on record.",
    "service_documentation": "No use is on record.",
    "uncategorized_file": "No sign-in and no purchase is on record.",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One field of the answer: whether there is something to say, how much, and what it would need."""

    field: str
    label: str
    is_file: bool
    have: bool
    size: int
    """Characters of a text, pages of a file."""
    needs: str


@dataclass(frozen=True, slots=True)
class Bound:
    """How much of a bound is used."""

    label: str
    used: int
    most: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A pack with its checklist and bounds."""

    pack: EvidencePack
    items: tuple[Item, ...]
    bounds: tuple[Bound, ...]

    @property
    def have(self) -> int:
        return sum(item.have for item in self.items)

    @property
    def qualified(self) -> bool:
        """Tell whether Visa's programme applies to the full."""
        return bool(self.pack.manifest.get("compelling_evidence", {}).get("qualified"))

    @property
    def working(self) -> bool:
        """Tell whether a worker has something to do for it."""
        return bool(self.pack.owed)

    @property
    def redactions(self) -> int:
        total: int = self.pack.manifest.get("redactions", {}).get("total", 0)
        return total


_BOUNDS = {
    "texts": "Characters of all texts",
    "files": "Bytes of all files",
    "pages": "Pages of all files",
}


def shown(pack: EvidencePack) -> Shown:
    """Return a pack as pages show it."""
    limits = pack.manifest.get("limits", {})
    bounds = tuple(Bound(label, *limits[name]) for name, label in _BOUNDS.items() if name in limits)
    return Shown(pack, tuple(checklist(pack.case, pack.manifest)), bounds)


def checklist(case: DisputeCase, manifest: dict[str, Any]) -> Iterator[Item]:
    """Yield the fields that answer a case, the strongest first; of no manifest yet, all of them as missing."""
    texts = {entry["field"]: entry["characters"] for entry in manifest.get("texts", ())}
    files = {entry["field"]: entry["pages"] for entry in manifest.get("files", ())}
    qualified = manifest.get("compelling_evidence", {}).get("qualified", False)
    for name in wanted(case.reason):
        size = texts.get(name, 0) or files.get(name, 0)
        have = qualified if name == ENHANCED else bool(size)
        yield Item(name, LABELS[name], name in FILES, have, size, "" if have else _NEEDS.get(name, ""))


def card(case: DisputeCase) -> dict[str, Any]:
    """Return what the page of a dispute shows of its evidence (``evidence/dispute_card.html``)."""
    packs = list(EvidencePack.objects.filter(case=case).select_related("case")[:10])
    live = next((pack for pack in packs if pack.state != State.VOID), None)
    return {
        "case": case,
        "one": shown(live) if live else None,
        "former": [pack for pack in packs if pack is not live],
        "items": list(checklist(case, {})) if live is None else [],
    }
