"""Facts of an invented account, and a screen that finds what the tests plant."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.ids import new_decision_id
from billing.evidence.facts import (
    Account,
    Call,
    Case,
    Charge,
    Checkout,
    Day,
    Facts,
    Invoice,
    Key,
    Line,
    Mail,
    Person,
    Said,
    Terms,
    Visit,
)
from billing.evidence.packs import Checkpoint, write_source
from billing.evidence.screening import Redacted

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ORG = "5b9c7a52-6f0e-4a53-9a35-0d6a3a1c7f10"
OLGA = "0c4f7f04-5f2d-4f65-8d51-6d1d2f3a4b5c"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
DEVICE = "d" * 64


class PatternScreen:
    """Takes e-mail addresses that are not the account's own, and finds `sk_live_` and 4242 4242 4242 4242."""

    version = "test"

    def redact(self, texts: Sequence[str], own: Collection[str]) -> Redacted:
        counts = Counter[str]()

        def instead(match: re.Match[str]) -> str:
            if match[0] in own:
                return match[0]
            counts["EMAIL"] += 1
            return "[EMAIL_1]"

        return Redacted(tuple(re.sub(r"[\w.]+@[\w.]+", instead, text) for text in texts), dict(counts))

    def forbidden(self, text: str) -> set[str]:
        kinds = {"CARD": r"4242( ?4242){3}", "vendor-secret": "sk_live_"}
        return {kind for kind, pattern in kinds.items() if re.search(pattern, text)}


def id_of(number: int) -> str:
    """Return a decision id that is the same in each run."""
    return new_decision_id(AT)[:14] + f"{number:016d}"


def charge(number: int, days_ago: int, **values: object) -> Charge:
    made = Charge(
        id=f"ch_{number}",
        invoice=f"in_{number}",
        status="succeeded",
        at=AT - timedelta(days=days_ago),
        amount_cents=4900,
        refunded_cents=0,
        currency="usd",
        card_brand="visa",
        card_last4="4242",
        fingerprint="f1",
        network="visa",
        three_d_secure="authenticated, ECI 05",
        disputed=False,
        description="Team plan, monthly",
    )
    return replace(made, **values)  # type: ignore[arg-type]  # of several types


def checkout(days_ago: int, **values: object) -> Checkout:
    made = Checkout(
        AT - timedelta(days=days_ago, minutes=5),
        "203.0.113.7",
        DEVICE,
        "olga@acme.example",
        "2026-03",
        "2026-01",
        "2026-02",
    )
    return replace(made, **values)  # type: ignore[arg-type]  # as above


def invoice(number: int, days_ago: int) -> Invoice:
    start = AT - timedelta(days=days_ago)
    line = Line("Team plan", 4900, 1, start, start + timedelta(days=30))
    return Invoice(
        id=f"in_{number}",
        number=f"ACME-{number:04}",
        status="paid",
        currency="usd",
        charge=f"ch_{number}",
        total_cents=4900,
        paid_cents=4900,
        period_start=start,
        period_end=start + timedelta(days=30),
        paid_at=start,
        lines=(line,),
    )


def facts(reason: str = "fraudulent", calls: int = 60, **values: object) -> Facts:
    """Return the facts of a dispute about the third of three monthly charges."""
    days = tuple(Day((AT - timedelta(days=ago)).date(), 40, 8_000, 12_300_000_000) for ago in range(45, 0, -1))
    made = Facts(
        as_of=AT,
        case=Case("c1", "dp_1", "ch_3", "chargeback", reason, "10.4", 4900, "usd", AT - timedelta(days=1)),
        account=Account(ORG, "Acme Rockets", AT - timedelta(days=400), _people()),
        said=Said(cancelled_on=date(2026, 11, 1), duplicate_of="ch_2"),
        terms=Terms(
            "2026-03", "Cancel at any time.\n\nIt ends with the period.", "No refund for a period that was used."
        ),
        total_calls=1_800,
        keys=(Key("k1", "production", AT - timedelta(days=300)),),
        days=days,
        calls=tuple(_call(number) for number in range(calls)),
        visits=tuple(Visit(AT - timedelta(days=n), OLGA, "signed in", "203.0.113.7") for n in range(1, 20)),
        checkouts=(checkout(200), checkout(160), checkout(20)),
        invoices=(invoice(1, 200), invoice(2, 160), invoice(3, 20)),
        charges=(charge(1, 200), charge(2, 160), charge(3, 20, disputed=True)),
        mails=(Mail(AT - timedelta(days=30), "An API key was created", "olga@acme.example"),),
        policy_versions=("v3", "v4"),
    )
    return replace(made, **values)  # type: ignore[arg-type]  # as above


def _people() -> tuple[Person, ...]:
    return (Person(OLGA, "Olga Owner", "olga@acme.example", "owner", AT - timedelta(days=400)),)


def _call(number: int) -> Call:
    at = AT - timedelta(days=number % 40, minutes=number)
    return Call(f"dec_{number:026d}", at, "k1", "api_key", "allow")


def checkpoint(folder: Path, of: Facts | None = None) -> Checkpoint:
    """Write two sources into `folder` and return the checkpoint."""
    of = of or facts()
    folder.mkdir(parents=True, exist_ok=True)
    calls = [{"at": call.at, "id": call.decision_id, "action": call.action} for call in of.calls]
    keys = [{"at": key.made_at, "id": key.id, "name": key.name} for key in of.keys]
    sources = (write_source(folder / "calls.jsonl", calls), write_source(folder / "keys.jsonl", keys))
    return Checkpoint(of, {"EMAIL": 2}, sources, folder)
