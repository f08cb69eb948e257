"""What does not agree is found, and named with its rows; ``manage.py check_invoices`` then ends with 1."""

from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from billing.invoicing import books
from billing.invoicing.books import Difference, differences
from billing.invoicing.models import BilledPeriod, BilledUsage, BooksCheck, UsageLine
from billing.invoicing.tasks import check_organization
from billing.ledger.models import UsageEvent
from billing.payments.models import InvoiceLine
from tenants.scope import NOBODY, open_scope, org_scope
from tests.billing.invoicing.conftest import metered
from tests.billing.invoicing.shop import Subscriber, place_all, subscriber
from tests.billing.peer import Peer
from tests.committed import new_owner
from tests.people import Person, new_staff


@pytest.fixture
def acme(committed: None) -> Iterator[Person]:
    owner = new_owner()
    with org_scope(owner.organization.id):
        yield owner


@pytest.fixture
def desk_page(acme: Person) -> Callable[[str], str]:
    """Returns pages as somebody of finance reads them; lists are narrowed to this organisation."""
    client = new_staff(f"fiona@{acme.organization.slug}.example", "Fiona").browser()

    def read(path: str) -> str:
        response = client.get(path, {"find": acme.organization.slug} if path.endswith("reconciliation/") else {})
        assert response.status_code == 200
        return response.content.decode()

    return read


@pytest.fixture
def team(stripe: Peer, acme: Person) -> Subscriber:
    """A subscriber whose first month is billed and paid."""
    made = subscriber(stripe)
    made.use(seed=1, calls=20)
    draft = made.renew()
    made.bill(draft)
    place_all()
    made.close(draft)
    return made


def _line() -> UsageLine:
    return UsageLine.objects.filter(model="gpt-4.1").get()  # type: ignore[no-any-return]  # no row type


def _found() -> list[str]:
    return [each.sentence for each in differences()]


def _less_on_the_invoice() -> None:
    InvoiceLine.objects.filter(usage_key=_line().usage_key).update(amount_cents=0)


def _not_on_the_invoice() -> None:
    InvoiceLine.objects.filter(usage_key=_line().usage_key).delete()


def _unknown_usage() -> None:
    InvoiceLine.objects.filter(usage_key="").update(usage_key="usage_of_nobody")


def _line_says_more() -> None:
    line = _line()
    UsageLine.objects.filter(pk=line.pk).update(nanos=line.nanos + 1)


def _decision_is_missing() -> None:
    """Put a call on the line that no decision allowed."""
    line, now = _line(), timezone.now()
    metered(0, now, (line.model, line.price_version))
    BilledUsage.objects.create(event=UsageEvent.objects.get(at=now), line=line, at=now)


PLANTED: list[tuple[Callable[[], None], str]] = [
    (_less_on_the_invoice, "stands on invoice"),
    (_not_on_the_invoice, "is on no invoice"),
    (_unknown_usage, "nothing here accounts for"),
    (_line_says_more, "its calls are"),
    (_decision_is_missing, "without a decision"),
]


@pytest.mark.parametrize(("plant", "sentence"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_a_planted_difference_is_found(team: Subscriber, plant: Callable[[], None], sentence: str) -> None:
    assert _found() == []
    with transaction.atomic():
        plant()
        found = _found()
        transaction.set_rollback(True)
    assert any(sentence in each for each in found)


def test_the_command_says_so_and_ends_with_an_error(team: Subscriber, acme: Person) -> None:
    out = StringIO()
    row = InvoiceLine.objects.get(usage_key=_line().usage_key)
    InvoiceLine.objects.filter(pk=row.pk).update(amount_cents=row.amount_cents + 1)
    with open_scope(NOBODY), pytest.raises(CommandError, match="differences"):
        call_command("check_invoices", stdout=out)
    assert f"{acme.organization.id}: {_line()}" in out.getvalue()
    InvoiceLine.objects.filter(pk=row.pk).update(amount_cents=row.amount_cents)


def test_the_nightly_check_fetches_what_was_missed_and_keeps_what_it_found(team: Subscriber, acme: Person) -> None:
    _not_on_the_invoice()
    assert check_organization(str(acme.organization.id)) == 0
    kept = BooksCheck.objects.get()
    assert (kept.periods, kept.differences) == (1, [])
    line = _line()
    UsageLine.objects.filter(pk=line.pk).update(cents=line.cents + 1)
    assert check_organization(str(acme.organization.id)) == 2
    assert BooksCheck.objects.latest("checked_at").differences[0]["line"] == str(line.pk)
    UsageLine.objects.filter(pk=line.pk).update(cents=line.cents)


def test_the_nightly_check_sees_one_moment(team: Subscriber, acme: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def looks(period: BilledPeriod) -> Iterator[Difference]:
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            seen.append(cursor.fetchone())
        yield from ()

    monkeypatch.setattr(books, "verify", looks)
    check_organization(str(acme.organization.id))
    assert seen == [("repeatable read",)]


def test_a_line_on_its_way_is_no_difference(stripe: Peer, acme: Person) -> None:
    made = subscriber(stripe)
    made.use(seed=2, calls=3)
    made.bill(made.renew())
    assert _found() == []


def test_the_desk_shows_a_difference_with_the_rows_behind_it(team: Subscriber, desk_page: Callable[[str], str]) -> None:
    line = _line()
    assert "none" in desk_page("/desk/reconciliation/")
    InvoiceLine.objects.filter(usage_key=line.usage_key).update(amount_cents=line.cents - 1)
    try:
        assert "−$0.01 USD" in desk_page("/desk/reconciliation/")
        detail = desk_page(f"/desk/reconciliation/{line.org_id}/{line.period_id}/")
        assert "stands on invoice" in detail
        assert f"/desk/reconciliation/{line.org_id}/lines/{line.id}/" in detail
        calls = desk_page(f"/desk/reconciliation/{line.org_id}/lines/{line.id}/")
        assert line.billed.earliest("at").event.decision_id in calls
    finally:
        InvoiceLine.objects.filter(usage_key=line.usage_key).update(amount_cents=line.cents)
