"""B03: one trial for a person, a mailbox, a company, a browser and a card, across organisations."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import F

from audit.events import Event
from audit.models import AuditEvent
from audit.outbox import drain
from billing.subscriptions import traces
from billing.subscriptions.models import Refusal, Trial, TrialTrace
from billing.subscriptions.traces import LASTS, Applicant
from tenants.scope import org_scope
from tests.billing.subscriptions.conftest import *  # noqa: F403 (fixtures)
from tests.billing.subscriptions.conftest import Buyer, Customer, choice
from tests.committed import *  # noqa: F403 (fixtures)
from tests.people import Person, found

FIRST = Applicant(uuid4(), "ann.lee+trial@initech.example", "a browser", "a card")
NOTHING = Applicant(uuid4(), "bob@other.example", "another browser", "another card")


def _left(by: Person, applicant: Applicant = FIRST) -> Refusal | None:
    with org_scope(by.organization.id):
        return traces.leave(applicant)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("second", "why"),
    [
        (Applicant(FIRST.person_id, "x@else.example"), Refusal.SAME_PERSON),
        (Applicant(uuid4(), "ann.lee+other@initech.example"), Refusal.SAME_DOMAIN),
        (Applicant(uuid4(), "cal@it.initech.example"), Refusal.SAME_DOMAIN),
        (Applicant(uuid4(), "x@else.example", "a browser"), Refusal.SAME_DEVICE),
        (Applicant(uuid4(), "x@else.example", "", "a card"), Refusal.SAME_CARD),
        (NOTHING, None),
    ],
)
def test_b03_a_second_trial_with_anything_in_common_is_refused(
    olga: Person, eve: Person, second: Applicant, why: Refusal | None
) -> None:
    assert _left(olga) is None
    with org_scope(eve.organization.id):
        assert traces.found(second) == why
        assert traces.leave(second) == why
    with org_scope(olga.organization.id):
        assert traces.found(FIRST) is None


@pytest.mark.django_db
def test_b03_a_shared_mail_domain_is_no_company_and_its_mailboxes_are_compared_without_tags(
    olga: Person, eve: Person
) -> None:
    _left(olga, Applicant(email="ann.lee+one@gmail.com"))
    with org_scope(eve.organization.id):
        assert traces.found(Applicant(email="somebody@gmail.com")) is None
        assert traces.found(Applicant(email="AnnLee@gmail.com")) is Refusal.SAME_MAILBOX


@pytest.mark.django_db
def test_what_is_refused_leaves_no_trace(olga: Person, eve: Person) -> None:
    _left(olga)
    before = TrialTrace.objects.count()
    assert _left(eve, Applicant(uuid4(), "x@else.example", "new browser", "a card")) is Refusal.SAME_CARD
    assert TrialTrace.objects.count() == before


@pytest.mark.django_db
def test_a_trace_stands_in_the_way_for_its_time_and_is_then_forgotten(olga: Person, eve: Person) -> None:
    _left(olga)
    TrialTrace.objects.filter(kind="domain").update(at=F("at") - LASTS[TrialTrace.Kind.DOMAIN] - timedelta(seconds=1))
    with org_scope(eve.organization.id):
        assert traces.found(Applicant(email="cal@initech.example")) is None
    before = TrialTrace.objects.count()
    assert traces.sweep() == 1
    assert TrialTrace.objects.count() == before - 1


@pytest.mark.django_db
def test_nothing_that_was_compared_can_be_read(olga: Person) -> None:
    _left(olga)
    stored = b"".join(bytes(row.term) + bytes(row.subject) for row in TrialTrace.objects.all())
    for text in ("ann", "initech", "browser", "card", str(olga.organization.id)):
        assert text.encode() not in stored
    assert olga.organization.id.bytes not in stored


def test_b03_of_trials_that_begin_at_once_with_one_card_one_runs(committed: None) -> None:
    card = f"card {uuid4()}"
    owners = [found(f"o@{uuid4().hex}.example", "Owner", "Many") for _ in range(5)]

    def leave(owner: Person) -> Refusal | None:
        try:
            with org_scope(owner.organization.id), transaction.atomic():
                return traces.leave(Applicant(owner.user.pk, owner.user.email, "", card))
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(leave, owners))
    assert sorted(answers, key=str) == [None, *[Refusal.SAME_CARD] * 4]


@pytest.mark.django_db
def test_b03_the_same_card_in_another_organisation_ends_its_trial_uncharged(
    acme: Customer, eve: Person, buyer: Buyer
) -> None:
    globex = buyer(eve)
    for customer in (acme, globex):
        customer.pay(customer.choose("team")[1])
        customer.peer.deliver()
    assert (acme.trial().state, acme.plan()) == (Trial.State.RUNNING, "team")
    assert (globex.trial().state, globex.trial().refusal) == (Trial.State.REFUSED, Refusal.SAME_CARD)
    assert globex.plan() == "free"
    drain()
    globex.peer.deliver()
    with org_scope(eve.organization.id):
        assert AuditEvent.objects.filter(event=Event.TRIAL_REFUSED.value).count() == 1
    statuses = {each.status for each in globex.peer.v1.subscriptions.list({"status": "all"}).data}
    assert statuses == {"trialing", "canceled"}
    assert globex.peer.v1.charges.list().data == []


@pytest.mark.django_db
def test_b03_who_had_a_trial_is_offered_none_again(acme: Customer) -> None:
    acme.pay(acme.choose("team")[1])
    acme.peer.deliver()
    acme.post("plan_give_up")
    drain()
    acme.peer.deliver()
    assert "This organisation had its trial" in acme.offered("team")
    acme.pay(acme.choose("business")[1], "pm_card_mastercard")
    acme.peer.deliver()
    assert (acme.row().status, acme.plan()) == ("active", "business")


@pytest.mark.django_db
def test_b03_a_trial_that_is_refused_since_it_was_offered_is_said_to_be(
    acme: Customer, eve: Person, buyer: Buyer
) -> None:
    globex = buyer(eve)
    page = globex.offered("team")
    assert "14 days without charge" in page
    _left(acme.person, Applicant(eve.user.pk))
    offer = page.partition('name="offer" value="')[2].partition('"')[0]
    response = globex.browser.post(choice("team"), {"offer": offer, "accept": "on"})
    assert response.headers["Location"] == choice("team")
    assert globex.trial().refusal == Refusal.SAME_PERSON
    assert globex.peer.v1.checkout.sessions.list().data == []
