"""An organisation is one customer, made once; whose customer somebody is stands in our table alone."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connection, transaction

from billing.processor.accounts import customer_id, org_of_customer
from billing.processor.models import BillingAccount
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
