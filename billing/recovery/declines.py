"""What a decline asks for: the networks' word first, then the issuer's advice, then the table of decline codes."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

CODES = Path(__file__).parent / "decline_codes.csv"
"""Each decline code of Stripe's list with what we do, what the customer reads, and where that is from."""

VISA_NEVER = frozenset({"04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1", "R3"})
"""Network decline codes of Visa's category 1, "issuer will never approve": each further try costs a fee.
(developers.tabapay.com/docs/excessive-retry-rules; taken for every network, which can only mean fewer tries.)"""
MASTERCARD_NEVER = frozenset({"03", "21"})
"""Merchant advice codes "do not try again", "payment cancellation" (support.checkout.com, article 25482040901394)."""
MASTERCARD_WAITS = {
    "24": timedelta(hours=1),
    "25": timedelta(days=1),
    "26": timedelta(days=2),
    "27": timedelta(days=4),
    "28": timedelta(days=6),
    "29": timedelta(days=8),
    "30": timedelta(days=10),
}
"""Merchant advice codes that name the time after which another try makes sense."""
CONFIRMED_EACH_TIME = frozenset({"IN"})
"""Countries of issue whose rules want the cardholder for each renewal; Stripe does not retry their cards either
(docs.stripe.com/billing/revenue-recovery/smart-retries)."""


class Treatment(StrEnum):
    """What is to be done after a decline. The first four may be tried again by themselves, the others never."""

    FUNDS = "funds"
    BANK = "bank"
    LIMIT = "limit"
    TECHNICAL = "technical"
    CARD_DATA = "card_data"
    AUTHENTICATE = "authenticate"
    HARD = "hard"


RETRYABLE = frozenset({Treatment.FUNDS, Treatment.BANK, Treatment.LIMIT, Treatment.TECHNICAL})


@dataclass(frozen=True, slots=True)
class Decline:
    """A refusal as Stripe tells it; what it does not tell is empty. `country` is that of the card's issuer."""

    code: str = ""
    advice: str = ""
    network_advice: str = ""
    network_code: str = ""
    country: str = ""

    @property
    def treatment(self) -> Treatment:
        """What this decline asks for."""
        return _by_network(self) or _by_advice(self) or _by_code(self)

    @property
    def words(self) -> str:
        """What the customer reads; a card that was reported lost or stolen is not told to whoever holds it."""
        known = _table().get(self.code) or _table()["generic_decline"]
        return known[1]

    @property
    def wait(self) -> timedelta:
        """How long the network asks to wait at least."""
        return MASTERCARD_WAITS.get(self.network_advice, timedelta())


def decline_of(error: Mapping[str, Any], country: str = "") -> Decline:
    """Return the decline of an error as ``last_payment_error`` and the API's refusals hold it."""
    return Decline(
        code=str(error.get("decline_code") or error.get("code") or ""),
        advice=str(error.get("advice_code") or ""),
        network_advice=str(error.get("network_advice_code") or ""),
        network_code=str(error.get("network_decline_code") or ""),
        country=country or _country(error),
    )


def known_codes() -> dict[str, Treatment]:
    """Return every decline code of the table with its treatment."""
    return {code: treatment for code, (treatment, _) in _table().items()}


def _country(error: Mapping[str, Any]) -> str:
    method = error.get("payment_method") or {}
    return str((method.get("card") or {}).get("country") or "")


def _by_network(decline: Decline) -> Treatment | None:
    if decline.network_advice in MASTERCARD_NEVER or decline.network_code in VISA_NEVER:
        return Treatment.HARD
    return Treatment.AUTHENTICATE if decline.country in CONFIRMED_EACH_TIME else None


def _by_advice(decline: Decline) -> Treatment | None:
    """Return what the advice says; "later" does not make a code retryable that never is."""
    known = _by_code(decline)
    match decline.advice:
        case "do_not_try_again":
            return Treatment.HARD
        case "confirm_card_data":
            return Treatment.HARD if known is Treatment.HARD else Treatment.CARD_DATA
        case "try_again_later":
            return Treatment.BANK if known is Treatment.CARD_DATA else known
        case _:
            return None


def _by_code(decline: Decline) -> Treatment:
    """Return the table's word; a code it does not know is a bank that did not say why."""
    known = _table().get(decline.code)
    return known[0] if known else Treatment.BANK


@cache
def _table() -> dict[str, tuple[Treatment, str]]:
    with CODES.open(newline="") as lines:
        return {row["code"]: (Treatment(row["treatment"]), row["words"]) for row in csv.DictReader(lines)}
