"""Whose customer is who. The link is made here, once, and read here; metadata at the processor never changes it."""

from typing import Any
from uuid import UUID

from django.db import connection

from audit.record import Actor
from billing.processor.client import as_json, client
from billing.processor.models import BillingAccount, PaymentOperation
from billing.processor.operations import perform_anew
from billing.vault.resealing import reseal_ids
from billing.vault.scope import processor_scope
from billing.vault.tokens import forms
from tenants.encryption import Resealed
from tenants.scope import current_org_id

ORGANIZATION = "tidegate_org"
"""The name in a customer's metadata under which a person at the processor finds the organisation; a label only."""
STRIPE = Actor("processor", "stripe", "Stripe")
"""Who acts in the record where the processor did."""
_OWNER = "SELECT org_id FROM processor_billingaccount WHERE customer = ANY (%s)"


def customer_id() -> str:
    """Return the customer of the open organisation, which is made at the first call. Raises what the SDK raises."""
    account = BillingAccount.objects.first()
    if account is None:
        org_id = current_org_id()
        made = perform_anew("customer", "customer", {"metadata": {ORGANIZATION: str(org_id)}}, _create, _found)
        account, _ = BillingAccount.objects.get_or_create(org_id=org_id, defaults={"customer": made["id"]})
    customer: str = account.customer
    return customer


def org_of_customer(customer: str) -> UUID | None:
    """Return whose customer this is, whatever is open; nothing where it is nobody's."""
    with processor_scope(), connection.cursor() as cursor:
        cursor.execute(_OWNER, [forms(customer)])
        row: tuple[UUID] | None = cursor.fetchone()
    return row[0] if row else None


def reseal_accounts() -> list[Resealed]:
    """Make the ids of the open organisation's rows anew under the present key; in a transaction."""
    customers = reseal_ids(BillingAccount.objects.all(), "customer")
    return customers + reseal_ids(PaymentOperation.objects.all(), "stripe_id")


def _create(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401 (an object of the SDK)
    return client().v1.customers.create(params, {"idempotency_key": key})  # type: ignore[arg-type]  # plain JSON


def _found() -> dict[str, Any] | None:
    """Return our customer as the processor has it, where its answer was lost so long ago that its key is forgotten.

    Whoever may write metadata there could have it be another's: only one that is nobody's yet is taken.
    """
    query = f"metadata['{ORGANIZATION}']:'{current_org_id()}'"
    named = [as_json(each) for each in client().v1.customers.search({"query": query, "limit": 100}).data]
    return next((each for each in named if org_of_customer(each["id"]) is None), None)
