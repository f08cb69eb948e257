"""The desk sees what came and what waits, and has one event tried again."""

import secrets

import pytest
from django.urls import reverse
from pytest_django import Settings

from audit.models import AuditEvent
from billing.processor.accounts import customer_id
from billing.vault.scope import processor_scope
from billing.webhooks.models import WebhookInbox
from tenants.scope import org_scope
from tests.billing.peer import Peer
from tests.billing.webhooks.conftest import MARK, Marks, send, stored
from tests.committed import new_owner
from tests.people import Staff, new_staff

EVENT = f"evt_{secrets.token_hex(8)}"
"""Rows stay in the run's database."""


def row_of(event_id: str) -> WebhookInbox:
    with processor_scope():
        return WebhookInbox.objects.get(event_id=event_id)


@pytest.fixture
def finance(committed: None) -> Staff:
    return new_staff(f"fiona.{secrets.token_hex(6)}@tidegate.example", "Fiona Finance")


def test_the_page_lists_what_came_by_state_and_name(stripe: Peer, finance: Staff) -> None:
    owner = new_owner()
    with org_scope(owner.organization.id):
        customer = customer_id()
    [created] = stripe.events()
    stripe.deliver()
    send(id=f"evt_strange{customer[4:]}", livemode=True)
    browser = finance.browser()
    page = browser.get(reverse("desk_webhooks"), {"find": created["id"]}).content.decode()
    assert created["id"] in page
    assert owner.organization.name in page
    page = browser.get(reverse("desk_webhooks"), {"state": "quarantined"}).content.decode()
    assert f"evt_strange{customer[4:]}" in page
    assert created["id"] not in page
    page = browser.get(reverse("desk_webhooks"), {"find": customer}).content.decode()
    assert created["id"] in page


def test_a_state_that_there_is_not_is_said_to_be_none(finance: Staff) -> None:
    answer = finance.browser().get(reverse("desk_webhooks"), {"state": "nonsense"})
    assert answer.status_code == 400
    assert "is not one of the available choices" in answer.content.decode()


def test_an_event_is_processed_again_and_the_tenant_sees_who_asked(stripe: Peer, finance: Staff, marks: Marks) -> None:
    marks("customer.created")
    owner = new_owner()
    with org_scope(owner.organization.id):
        customer_id()
    [created] = stripe.events()
    stripe.deliver()
    answer = finance.browser().post(reverse("desk_webhook_replay", args=[row_of(created["id"]).pk]))
    assert answer.status_code == 302
    with org_scope(owner.organization.id):
        assert AuditEvent.objects.filter(event=MARK.value, target=created["id"]).count() == 2
        asked = AuditEvent.objects.get(event="processor:event:replayed")
    assert (asked.actor_kind, asked.target) == ("operator", f"event/{created['id']}")
    assert row_of(created["id"]).state == "processed"


def test_w08_a_quarantined_event_stays_there_while_it_is_strange(
    stripe: Peer, finance: Staff, settings: Settings
) -> None:
    version = settings.STRIPE_API_VERSION
    send(id=EVENT, api_version="2019-02-19")
    row = row_of(EVENT)
    browser = finance.browser()
    browser.post(reverse("desk_webhook_replay", args=[row.pk]))
    assert (EVENT, "quarantined") in stored()
    settings.STRIPE_API_VERSION = "2019-02-19"
    browser.post(reverse("desk_webhook_replay", args=[row.pk]))
    settings.STRIPE_API_VERSION = version
    assert row_of(EVENT).attempts == 1
