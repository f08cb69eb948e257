"""The rules, as facts: who moved how fast, which browser was new, who said no how often."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from accounts.risk.alerts import told
from accounts.risk.places import SHIPPED, distance_km, place_of
from accounts.risk.rules import Arrival, Declined, Rule, Severity, consent_declines, impossible_travel, unusual_device

LONDON, MILTON, LYON = "81.2.69.142", "216.160.83.56", "80.248.208.1"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLAIN, OTHER = b"p" * 32, b"o" * 32


def arrival(address: str, hours_ago: float = 0, known: bool = True, traits: bytes = PLAIN) -> Arrival:
    return Arrival(NOW - timedelta(hours=hours_ago), address, place_of(address), known, traits)


def declined(minutes_ago: int, user: str = "a", client: str = "app") -> Declined:
    return Declined(NOW - timedelta(minutes=minutes_ago), user, client)


def test_the_table_of_places_is_the_one_the_notes_speak_of() -> None:
    digest = hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    assert digest in (SHIPPED.parent / "README.md").read_text()


def test_places_of_addresses() -> None:
    london, washington = place_of(LONDON), place_of(MILTON)
    assert london is not None
    assert washington is not None
    assert (london.country, washington.country) == ("GB", "US")
    assert 5_000 < distance_km(london, washington) < 6_000
    assert [place_of(address) for address in ("127.0.0.1", "10.1.2.3", "nonsense", "")] == [None] * 4


def test_one_hour_from_london_to_america_alerts_and_twelve_do_not() -> None:
    found = impossible_travel(arrival(MILTON), [arrival(LONDON, 1)], privileged=False)
    assert found is not None
    assert found.rule is Rule.TRAVEL
    assert found.evidence["from"] == "Britain (UK)"
    assert found.evidence["to"] == "United States"
    assert int(found.evidence["speed_kmh"]) > 900
    assert impossible_travel(arrival(MILTON), [arrival(LONDON, 12)], privileged=False) is None


def test_a_new_country_or_a_privileged_role_makes_travel_high() -> None:
    been_there = [arrival(LONDON, 1), arrival(MILTON, 300)]
    plain = impossible_travel(arrival(MILTON), been_there, privileged=False)
    privileged = impossible_travel(arrival(MILTON), been_there, privileged=True)
    new = impossible_travel(arrival(MILTON), [arrival(LONDON, 1)], privileged=False)
    assert plain is not None
    assert plain.severity is Severity.MEDIUM
    assert privileged is not None
    assert privileged.severity is Severity.HIGH
    assert new is not None
    assert new.severity is Severity.HIGH


@pytest.mark.parametrize("trusted", [f"{LONDON}/32", "216.160.0.0/16"])
def test_trusted_networks_are_not_judged(trusted: str) -> None:
    assert impossible_travel(arrival(MILTON), [arrival(LONDON, 1)], privileged=True, trusted=[trusted]) is None


def test_a_pair_of_places_seen_three_times_is_usual() -> None:
    commuter = [arrival([LONDON, MILTON][step % 2], 1 + step) for step in range(4)]
    assert impossible_travel(arrival(MILTON), commuter, privileged=True) is None
    assert impossible_travel(arrival(MILTON), commuter[:2], privileged=True) is not None


def test_addresses_without_a_place_are_looked_past() -> None:
    past = [arrival("10.0.0.1", 0.5), arrival(LONDON, 1)]
    assert impossible_travel(arrival(MILTON), past, privileged=False) is not None
    assert impossible_travel(arrival("10.0.0.1"), past, privileged=False) is None


def test_travel_longer_ago_than_two_days_is_not_judged() -> None:
    assert impossible_travel(arrival(MILTON), [arrival(LONDON, 49)], privileged=True) is None


def test_a_known_browser_and_a_first_one_are_usual() -> None:
    assert unusual_device(arrival(LONDON, known=True, traits=OTHER), [arrival(LONDON, 1)], privileged=True) is None
    assert unusual_device(arrival(LONDON, known=False), [], privileged=True) is None


@pytest.mark.parametrize(
    ("now", "past", "privileged", "severity"),
    [
        (arrival(LONDON, known=False, traits=OTHER), [arrival(LONDON, 5)], False, Severity.MEDIUM),
        (arrival(LONDON, known=False), [arrival(LONDON, 5)], True, Severity.MEDIUM),
        (arrival(LONDON, known=False, traits=OTHER), [arrival(LONDON, 5)], True, Severity.HIGH),
        (arrival(MILTON, known=False), [arrival(LONDON, 5)], False, Severity.HIGH),
        (
            arrival(LONDON, known=False),
            [arrival(LONDON, 1, known=False), arrival(LONDON, 2, known=False), arrival(LONDON, 50)],
            False,
            Severity.HIGH,
        ),
        (arrival(MILTON, known=False, traits=OTHER), [arrival(LONDON, 24 * 31)], False, Severity.MEDIUM),
    ],
    ids=["plain", "cleared-cookies", "privileged", "new-country", "third-in-a-day", "long-ago"],
)
def test_n09_a_new_browser(now: Arrival, past: list[Arrival], privileged: bool, severity: Severity) -> None:
    found = unusual_device(now, past, privileged, trusted=["192.0.2.0/24"])
    assert found is not None
    assert found.severity is severity


def test_a_new_browser_in_a_trusted_network_is_told_of_and_no_more() -> None:
    past = [arrival(LONDON, 1, known=False), arrival(LONDON, 2, known=False), arrival(LONDON, 50)]
    found = unusual_device(arrival(LONDON, known=False, traits=OTHER), past, True, trusted=[f"{LONDON}/32"])
    assert found is not None
    assert found.severity is Severity.MEDIUM
    assert "because" not in found.evidence


@pytest.mark.parametrize(
    ("past", "severity"),
    [
        ([declined(100, client="x")], None),
        ([declined(100, client="x"), declined(200, client="y")], Severity.MEDIUM),
        ([declined(3), declined(9)], Severity.HIGH),
        ([declined(3), declined(11)], Severity.MEDIUM),
        ([declined(3, user="b"), declined(900, user="c")], Severity.CRITICAL),
        ([declined(3, user="b"), declined(1500, user="c")], None),
        ([declined(3, user="b", client="x"), declined(9, user="c", client="x")], None),
    ],
)
def test_declines(past: list[Declined], severity: Severity | None) -> None:
    found = consent_declines(declined(0), past)
    assert (found.severity if found else None) == severity


def test_every_fact_of_a_finding_is_told_in_a_fixed_order_with_its_unit() -> None:
    travel = impossible_travel(arrival(MILTON), [arrival(LONDON, 1)], privileged=False)
    device = unusual_device(arrival(MILTON, known=False), [arrival(LONDON, 5)], privileged=True)
    declines = [
        consent_declines(declined(0), [declined(3, user=one), declined(9, user=two)]) for one, two in ("aa", "bc")
    ]
    for finding in (travel, device, *declines):
        assert finding is not None
        assert len(told(finding.evidence)) == len(finding.evidence)
    assert travel is not None
    kept = dict(sorted(travel.evidence.items()))
    assert [label for label, _ in told(kept)][:3] == ["From", "From address", "To"]
    assert dict(told(kept))["Distance"].endswith(" km")
