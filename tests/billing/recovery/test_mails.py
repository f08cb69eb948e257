"""What owners and finance read of a failed payment, and when: once each, in plain words."""

from datetime import timedelta

import pytest
from django.core import mail

from audit.outbox import drain
from billing.recovery.engine import REMIND
from tenants.permissions import Role
from tests.billing.recovery.conftest import Acme
from tests.committed import new_member


def told(acme: Acme) -> list[str]:
    """Send what is owed; return the subjects of the owner's mails, without the organisation's name."""
    mail.outbox.clear()
    drain()
    mine = [message for message in mail.outbox if acme.owner.user.email in message.to]
    return [message.subject.partition(": ")[2] for message in mine]


def fails(acme: Acme, *codes: str) -> None:
    acme.card("pm_card_visa")
    acme.declines(*codes)
    acme.charge()
    acme.hears()
    acme.works()


def test_a_failure_is_told_once_with_what_happens_next(acme: Acme) -> None:
    fails(acme, "insufficient_funds", "insufficient_funds", "insufficient_funds")
    assert told(acme) == ["a payment failed"]
    body = str(mail.outbox[0].body)
    assert "There was not enough money on the card." in body
    assert "we try again on" in body
    assert "$49.00 USD" in body
    acme.waits_for_the_next_try()
    acme.waits_for_the_next_try()
    assert told(acme) == []
    acme.waits_for_the_next_try()
    assert [subject.startswith("invoice ") for subject in told(acme)] == [True]


def test_it_is_told_when_it_becomes_the_customers_turn(acme: Acme) -> None:
    fails(acme, "do_not_honor", "expired_card")
    assert told(acme) == ["a payment failed"]
    acme.waits_for_the_next_try()
    assert told(acme) == ["a payment failed"]
    assert "The card has expired." in str(mail.outbox[0].body)


def test_the_end_is_told_before_it_comes_and_when_it_has(acme: Acme) -> None:
    fails(acme, "lost_card")
    told(acme)
    ends = acme.case().ends_at
    acme.works(ends - REMIND - timedelta(minutes=1))
    assert told(acme) == []
    acme.works(ends - REMIND)
    acme.works(ends - REMIND + timedelta(hours=5))
    assert [subject.startswith("your plan ends on") for subject in told(acme)] == [True]
    acme.works(ends)
    assert told(acme) == ["your plan is off"]


@pytest.mark.parametrize(("role", "heard"), [(Role.FINANCE, True), (Role.ADMIN, False), (Role.DEVELOPER, False)])
def test_who_looks_after_money_is_told(acme: Acme, role: Role, heard: bool) -> None:
    member = new_member(acme.owner, role)
    fails(acme, "lost_card")
    mail.outbox.clear()
    drain()
    assert any(member.user.email in message.to for message in mail.outbox) is heard
    assert all("lost" not in str(message.body) for message in mail.outbox)
