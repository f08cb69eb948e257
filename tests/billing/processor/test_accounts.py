"""An organisation is one customer, made once; whose customer somebody is stands in our table alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import stripe as sdk
from django.db import connection, transaction
from django.utils import timezone

from billing.processor import operations
from billing.processor.accounts import customer_id, org_of_customer
from billing.processor.models import BillingAccount, PaymentOperation
from tenants.scope import org_scope
from tests.billing.peer import Peer
from tests.committed import new_owner
from tests.people import Person


def test_the_customer_is_made_once(stripe: Peer, in_acme: Person) -> None:
    made = customer_id()
    assert made.startswith("cus_")
    assert customer_id() == made
    [kept] = stripe.v1.customers.list().data
    assert (kept.id, kept.metadata["tidegate_org"]) == (made, str(in_acme.organization.id))
    assert org_of_customer(made) == in_acme.organization.id
    assert org_of_customer("cus_ofNobody123456") is None


def test_many_at_once_make_one_customer(stripe: Peer, committed: None) -> None:
    org_id = new_owner().organization.id

    def ask(number: int) -> str:
        try:
            with org_scope(org_id), transaction.atomic():
                return customer_id()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(ask, range(8)))) == 1
    assert len(stripe.v1.customers.list().data) == 1


def test_a_transaction_that_fails_leaves_no_second_customer(stripe: Peer, committed: None) -> None:
    org_id = new_owner().organization.id
    with org_scope(org_id):
        with transaction.atomic():
            customer_id()
            transaction.set_rollback(True)
        assert not BillingAccount.objects.exists()
        made = customer_id()
    assert [each.id for each in stripe.v1.customers.list().data] == [made]


def _asked_a_day_ago(stripe: Peer, trouble: str) -> None:
    """Have the customer asked for without an answer, and then nobody for a day."""
    stripe.sandbox.chaos.set({trouble: 1})
    with pytest.raises(sdk.APIError):
        customer_id()
    long_ago = timezone.now() - timedelta(hours=24)
    operations._apart(lambda: PaymentOperation.objects.update(sent_at=long_ago))  # committed, as the row is


@pytest.mark.usefixtures("impatient")
def test_a_customer_whose_answer_was_lost_a_day_ago_is_found(stripe: Peer, in_acme: Person) -> None:
    stripe.v1.customers.create({"metadata": {"tidegate_org": str(uuid4())}})
    _asked_a_day_ago(stripe, "lose")
    [_, made] = [each.id for each in stripe.v1.customers.list().data][::-1]
    assert customer_id() == customer_id() == made
    assert len(stripe.v1.customers.list().data) == 2


@pytest.mark.usefixtures("impatient")
def test_another_organisations_customer_with_our_name_on_it_is_not_taken_for_ours(
    stripe: Peer, in_acme: Person, eve: Person
) -> None:
    with org_scope(eve.organization.id):
        theirs = customer_id()
    stripe.v1.customers.update(theirs, {"metadata": {"tidegate_org": str(in_acme.organization.id)}})
    _asked_a_day_ago(stripe, "miss")
    assert customer_id() != theirs


@pytest.mark.usefixtures("impatient")
def test_a_customer_that_was_never_made_is_made_a_day_later(stripe: Peer, in_acme: Person) -> None:
    _asked_a_day_ago(stripe, "miss")
    assert stripe.v1.customers.list().data == []
    made = customer_id()
    assert [each.id for each in stripe.v1.customers.list().data] == [made]


def test_p_the_id_is_sealed_in_our_own_tables(stripe: Peer, in_acme: Person) -> None:
    made = customer_id()
    stored: set[str] = set()
    with connection.cursor() as cursor:
        for column, table in (("customer", "processor_billingaccount"), ("stripe_id", "processor_paymentoperation")):
            cursor.execute(f"SELECT {column} FROM {table}")
            stored |= {row[0] for row in cursor.fetchall()}
    [token] = stored
    assert token.startswith("v1~")
    assert made not in token


def test_a_customer_of_one_organisation_cannot_become_anothers(stripe: Peer, in_acme: Person, eve: Person) -> None:
    made = customer_id()
    with org_scope(eve.organization.id), pytest.raises(Exception, match="unique"), transaction.atomic():
        BillingAccount.objects.create(customer=made)
    assert org_of_customer(made) == UUID(str(in_acme.organization.id))
