"""dj-stripe behind our patches: what it stores holds no plain id, no key, and is there in one scope alone."""

import inspect
import re
from pathlib import Path
from typing import Any

import djstripe
import psycopg
import pytest
from django.apps import apps
from django.conf import settings as project
from django.db import DatabaseError, transaction
from djstripe import enums, fields
from djstripe.models import Account, APIKey, Coupon, Customer, Dispute, PaymentMethod
from djstripe.settings import djstripe_settings
from pytest_django import Settings

from billing.processor.accounts import customer_id
from billing.vault.resealing import columns, is_uniform, reseal_mirror
from billing.vault.scope import processor_scope
from billing.vault.tokens import KINDS
from tenants.encryption import Resealed
from tenants.scope import NOBODY, open_scope, org_scope
from tests.billing.peer import Peer
from tests.billing.webhooks.conftest import subscribe, with_card
from tests.committed import new_owner
from tests.isolation.conftest import owner  # noqa: F401 (a fixture)
from tests.people import Person

UPSTREAM = Path(djstripe.__file__).parent
PLAIN = re.compile(rf"\b(?:{'|'.join(KINDS)})_(?=[A-Za-z]*[0-9])[A-Za-z0-9]{{8,}}")
PUBLIC = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"


def busy(stripe: Peer) -> str:
    """Let the open organisation's customer pay, be disputed, set a card up; mirror all of it. Return the customer."""
    customer = with_card(stripe)
    subscribe(stripe, customer)
    stripe.simulate("dispute", customer=customer)
    stripe.v1.setup_intents.create({"customer": customer, "payment_method": "pm_card_visa", "confirm": True})
    stripe.deliver()
    return customer


def test_no_table_holds_a_plain_id(
    stripe: Peer,
    committed: None,
    owner: "psycopg.Connection[tuple[Any, ...]]",  # noqa: F811
) -> None:
    """Every row of every table is read as text, past the walls, as a dump would hold it."""
    with org_scope(new_owner().organization.id):
        customer = busy(stripe)
    found: set[str] = set()
    rows = 0
    for (table,) in owner.execute(PUBLIC).fetchall():
        owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY".encode())
        for (text,) in owner.execute(f"SELECT t::text FROM {table} t".encode()):
            rows += 1
            found |= {f"{table}: {plain}" for plain in PLAIN.findall(text)}
    owner.rollback()
    assert found == set()
    assert rows > 100
    with processor_scope():
        assert Customer.objects.get(id=customer).stripe_data["id"] == customer
        assert {each.id[:3] for each in PaymentMethod.objects.filter(customer__id=customer)} == {"pm_"}


def test_lookups_joins_and_uniqueness_go_on_working(stripe: Peer, in_acme: Person) -> None:
    customer = busy(stripe)
    with processor_scope():
        [dispute] = Dispute.objects.filter(charge__customer__id=customer, stripe_data__status="needs_response")
        assert dispute.charge.customer.id == dispute.charge.stripe_data["customer"] == customer
        assert Customer.objects.filter(id__in=[customer]).count() == Customer.objects.filter(id=customer).count() == 1
        with pytest.raises(DatabaseError), transaction.atomic():
            Customer.objects.create(id=customer)


def test_the_mirror_keeps_no_key(stripe: Peer, in_acme: Person, settings: Settings) -> None:
    busy(stripe)
    with processor_scope():
        assert not APIKey.objects.exists()
        assert [account.id for account in Account.objects.all()] == [settings.STRIPE_ACCOUNT_ID]
        with pytest.raises(DatabaseError), transaction.atomic():
            APIKey.objects.create(id="ak_1", secret=project.STRIPE_SECRET_KEY, name="x", type="secret")


@pytest.mark.parametrize(
    "table", ["djstripe_apikey", "djstripe_webhookendpoint", "djstripe_webhookeventtrigger", "djstripe_idempotencykey"]
)
def test_not_even_the_owner_writes_what_is_never_kept(
    owner: "psycopg.Connection[tuple[Any, ...]]",  # noqa: F811
    table: str,
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="Nothing is kept"):
        owner.execute(f"INSERT INTO {table} SELECT (jsonb_populate_record(null::{table}, '{{}}')).*".encode())


def test_a_tenants_request_meets_no_row_of_the_mirror(stripe: Peer, in_acme: Person) -> None:
    customer = busy(stripe)
    for model in (Customer, Dispute, PaymentMethod):
        assert not model.objects.exists()
        with open_scope(NOBODY):
            assert not model.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        Customer.objects.create(id="cus_Planted12345678")
    with processor_scope():
        assert Customer.objects.filter(id=customer).exists()


def test_the_mirror_is_made_anew_under_another_key(
    stripe: Peer, in_acme: Person, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = busy(stripe)
    former = settings.SECRET_KEY
    assert {*reseal_mirror()} == {Resealed.PRESENT}
    monkeypatch.setattr("billing.vault.tokens.settings", Keys("n" * 60, [former]))
    assert not is_uniform()
    outcomes = reseal_mirror()
    assert set(outcomes) == {Resealed.ANEW}
    assert is_uniform()
    monkeypatch.setattr("billing.vault.tokens.settings", Keys("n" * 60, []))
    with processor_scope():
        assert Dispute.objects.get(charge__customer__id=customer).charge.customer.stripe_data["id"] == customer
    monkeypatch.setattr("billing.vault.tokens.settings", Keys("m" * 60, []))
    assert reseal_mirror() == [Resealed.BROKEN]


class Keys:
    """Settings of which the vault reads two."""

    def __init__(self, key: str, fallbacks: list[str]) -> None:
        self.SECRET_KEY, self.SECRET_KEY_FALLBACKS = key, fallbacks


def test_a_customer_with_a_discount_is_mirrored(stripe: Peer, in_acme: Person) -> None:
    """Upstream looks for the coupon at the top of a discount; take the patch away when this fails."""
    assert '_get_or_create_from_stripe_object(\n                discount, "coupon"' in inspect.getsource(Customer)
    coupon = {"id": "half", "object": "coupon", "percent_off": 50, "duration": "once", "created": 1, "livemode": False}
    discount = {"id": "di_1", "object": "discount", "source": {"type": "coupon", "coupon": "half"}}
    known = {"id": customer_id(), "object": "customer", "livemode": False, "created": 1, "metadata": {}}
    with processor_scope():
        Coupon.sync_from_stripe_data(coupon, api_key=project.STRIPE_SECRET_KEY)
        for given in (discount, {**discount, "source": {"type": "coupon", "coupon": None}}):
            Customer.sync_from_stripe_data({**known, "discount": given}, api_key=project.STRIPE_SECRET_KEY)
        assert Coupon.objects.get().id == "half"


def test_a_prevented_dispute_can_be_named(db: None) -> None:
    source = (UPSTREAM / "enums.py").read_text()
    assert "prevented" not in source.partition("class DisputeStatus")[2].partition("\nclass ")[0]
    assert "noncompliant" not in source.partition("class DisputeReason")[2].partition("\nclass ")[0]
    assert enums.DisputeStatus.humanize("prevented") == "Prevented"
    assert {("noncompliant", "Noncompliant"), ("check_returned", "Check returned")} <= set(enums.DisputeReason.choices)


def test_upstream_still_asks_whose_key_it_is(db: None) -> None:
    """When this fails, look whether the patch of the owner's account is still needed."""
    assert "get_or_create_by_api_key(api_key)" in (UPSTREAM / "models" / "account.py").read_text()


def test_what_we_patch_is_what_upstream_uses(db: None) -> None:
    kinds = {
        type(field) for model in apps.get_app_config("djstripe").get_models() for field in model._meta.local_fields
    }
    assert {fields.StripeIdField, fields.JSONField} <= kinds
    assert "from_db_value" in vars(fields.StripeIdField)
    assert len(list(columns())) > 150
    assert djstripe_settings.STRIPE_API_VERSION == project.STRIPE_API_VERSION
    assert djstripe_settings.SUBSCRIBER_CUSTOMER_KEY == ""
