"""The rules of alerts: facts in, a verdict with its evidence out. No database, no clock.

R1 impossible travel, R2 a device not seen before, R3 consent declined again and again, R4 a code or refresh token that
came twice. The figures are those of the identity brief; a place is only as good as its table, so distance gets 100 km
off and no rule of places ever blocks.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from accounts.risk.places import Place, distance_km

TRAVEL_WITHIN = timedelta(hours=48)
SLACK_KM = 100
LEAST_KM = 500
FASTEST_KMH = 900
LEAST_HOURS = 1 / 60
LOOKED_BACK = 20
USUAL_PAIR = 3
DEVICES_WITHIN = timedelta(days=30)
MANY_NEW_DEVICES = 3
DECLINES_WITHIN = timedelta(hours=24)
DECLINES_OF_PERSON = 3
QUICK_DECLINES_WITHIN = timedelta(minutes=10)
PEOPLE_DECLINING = 3


class Rule(StrEnum):
    """What an alert is about."""

    TRAVEL = "R1"
    DEVICE = "R2"
    DECLINES = "R3"
    REPLAY = "R4"


class Severity(StrEnum):
    """How bad: medium is told; high asks for a passkey and narrows the keys; critical also suspends a client."""

    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One sign-in: when, from where, in which browser. `traits` is a keyed hash of what the browser says of itself."""

    at: datetime
    address: str
    place: Place | None
    device_known: bool
    traits: bytes = b""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found; `evidence` is what people are shown (`accounts.risk.alerts.told`)."""

    rule: Rule
    severity: Severity
    evidence: dict[str, str | int | float] = field(default_factory=dict)


def impossible_travel(
    now: Arrival, past: Sequence[Arrival], privileged: bool, trusted: Iterable[str] = ()
) -> Finding | None:
    """R1: nobody moves that fast. `past` is newest first; addresses inside `trusted` networks are not judged."""
    before = next((each for each in past if each.place is not None), None)
    if before is None or now.place is None or before.place is None:
        return None
    networks = [ipaddress.ip_network(network) for network in trusted]
    if now.at - before.at > TRAVEL_WITHIN or _inside(now.address, networks) or _inside(before.address, networks):
        return None
    distance = max(0.0, distance_km(before.place, now.place) - SLACK_KM)
    hours = max((now.at - before.at).total_seconds() / 3600, LEAST_HOURS)
    if distance < LEAST_KM or distance / hours <= FASTEST_KMH or _usual(now, before, past):
        return None
    is_new = now.place.country not in {each.place.country for each in past[:LOOKED_BACK] if each.place}
    severity = Severity.HIGH if is_new or privileged else Severity.MEDIUM
    evidence: dict[str, str | int | float] = {
        "from": str(before.place),
        "from_address": before.address,
        "to": str(now.place),
        "to_address": now.address,
        "distance_km": round(distance),
        "hours": round(hours, 2),
        "speed_kmh": round(distance / hours),
    }
    return Finding(Rule.TRAVEL, severity, evidence)


def unusual_device(
    now: Arrival, past: Sequence[Arrival], privileged: bool, trusted: Iterable[str] = ()
) -> Finding | None:
    """R2: a browser without the cookie of an earlier sign-in. `past` is newest first; the very first is usual.

    A browser that says of itself what one of the last 20 sign-ins or 30 days said is less unusual: the cookie may just
    have been cleared, so a privileged role alone makes it no worse. Inside a `trusted` network nothing does: people
    there get new machines, and whoever is there has come past the door.
    """
    recent = [each for each in past[:LOOKED_BACK] if now.at - each.at <= DEVICES_WITHIN]
    if not past or now.device_known:
        return None
    kind_is_new = now.traits not in {each.traits for each in recent}
    countries = {each.place.country for each in recent if each.place}
    new_country = now.place is not None and bool(countries) and now.place.country not in countries
    day = [each for each in recent if now.at - each.at <= timedelta(hours=24)]
    many = 1 + sum(not each.device_known for each in day) >= MANY_NEW_DEVICES
    evidence: dict[str, str | int | float] = {
        "address": now.address,
        "place": str(now.place or "unknown"),
        "kind_of_browser": "new" if kind_is_new else "seen before",
    }
    signs = {"new country": new_country, "privileged role": privileged and kind_is_new, "several in a day": many}
    because = [sign for sign, holds in signs.items() if holds]
    if _inside(now.address, [ipaddress.ip_network(network) for network in trusted]):
        because = []
    if because:
        evidence["because"] = ", ".join(because)
    return Finding(Rule.DEVICE, Severity.HIGH if because else Severity.MEDIUM, evidence)


@dataclass(frozen=True, slots=True)
class Declined:
    """Somebody said no to an application."""

    at: datetime
    user_id: str
    client_id: str


def consent_declines(now: Declined, past: Iterable[Declined]) -> Finding | None:
    """R3: the same no again and again. `past` are the declines of this person and of this client, without `now`."""
    recent = [each for each in past if now.at - each.at <= DECLINES_WITHIN] + [now]
    people = {each.user_id for each in recent if each.client_id == now.client_id}
    if len(people) >= PEOPLE_DECLINING:
        return Finding(Rule.DECLINES, Severity.CRITICAL, {"people": len(people)})
    own = [each for each in recent if each.user_id == now.user_id]
    quick = [each for each in own if each.client_id == now.client_id and now.at - each.at <= QUICK_DECLINES_WITHIN]
    if len(quick) >= DECLINES_OF_PERSON:
        return Finding(Rule.DECLINES, Severity.HIGH, {"declines": len(quick), "minutes": 10})
    if len(own) >= DECLINES_OF_PERSON:
        return Finding(Rule.DECLINES, Severity.MEDIUM, {"declines": len(own), "hours": 24})
    return None


def replayed(application: str, what: str, address: str) -> Finding:
    """R4: one of the two who sent it has stolen it (RFC 9700, 4.14.2); what it could do has been ended already."""
    return Finding(Rule.REPLAY, Severity.HIGH, {"application": application, "came_twice": what, "address": address})


def _inside(address: str, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)


def _usual(now: Arrival, before: Arrival, past: Sequence[Arrival]) -> bool:
    """Tell whether this person moved between these two places three times or more in their last 20 sign-ins."""
    places = [str(each.place) for each in past[:LOOKED_BACK] if each.place]
    wanted = {str(now.place), str(before.place)}
    return sum({one, other} == wanted for one, other in pairwise(places)) >= USUAL_PAIR
