"""Owners and finance, and whom a personal cap bounds, hear of 50, 80 and 100 per cent: once for each and period."""

import orjson
import pytest
from django.core import mail

from audit.models import AuditEvent, OutboxMessage
from audit.outbox import drain
from billing.ledger.alerts import tell_of
from billing.ledger.models import Budget
from billing.ledger.reservations import Item, NoRoom, finish
from tenants.permissions import Permission, Role
from tenants.webhooks import endpoints
from tenants.webhooks.endpoints import EndpointRequest
from tenants.webhooks.kinds import WebhookEvent
from tenants.webhooks.models import Message
from tests.billing.ledger.conftest import MODEL, call, held, make_budget
from tests.people import Person, join


def _use(person: Person, times: int) -> None:
    for _ in range(times):
        tell_of(finish(held(person), "settled", 1, 1).untold)


def _shares() -> list[int]:
    events = AuditEvent.objects.filter(event="ledger:budget:reached").order_by("created_at")
    return [event.detail["share"] for event in events]


def test_each_share_is_told_once(in_acme: Person) -> None:
    make_budget(in_acme, 10)
    _use(in_acme, 4)
    assert _shares() == []
    _use(in_acme, 2)
    assert _shares() == [50]
    _use(in_acme, 4)
    assert _shares() == [50, 80, 100]


def test_a_jump_over_two_shares_is_one_alert(in_acme: Person) -> None:
    make_budget(in_acme, 100, "tokens")
    tell_of(finish(held(in_acme, Item(MODEL, 90)), "settled", 85, 0).untold)
    assert _shares() == [80]


def test_a_new_period_tells_anew_and_a_late_word_of_the_old_one_does_not(in_acme: Person) -> None:
    budget = make_budget(in_acme, 2)
    late = finish(held(in_acme), "settled", 1, 1).untold
    Budget.objects.filter(id=budget.id).update(window_start=budget.created_at)
    tell_of(late)
    assert _shares() == []


def test_a_refusal_is_the_whole_cap_even_where_a_little_is_left(in_acme: Person) -> None:
    make_budget(in_acme, 140, "tokens")
    with pytest.raises(NoRoom) as refused:
        call(in_acme)
    assert refused.value.untold is not None
    tell_of([refused.value.untold])
    assert _shares() == [100]


def test_a_mail_goes_to_owners_finance_and_the_person(in_acme: Person, max_: Person) -> None:
    join(in_acme.organization, "fin@acme.example", "Fin", Role.FINANCE)
    join(in_acme.organization, "ann@acme.example", "Ann", Role.ANALYST)
    make_budget(in_acme, 2, scope=f"person:{max_.user.pk}")
    tell_of(finish(held(max_), "settled", 1, 1).untold)
    assert OutboxMessage.objects.filter(topic="accounts.notice").count() == 3
    drain()
    assert {message.to[0] for message in mail.outbox} == {"olga@acme.example", "fin@acme.example", "max@acme.example"}
    body = str(mail.outbox[0].body)
    assert "Used: 1 requests" in body
    assert "Cap: 2 requests a day" in body
    assert "Max Member" in body


def test_endpoints_that_ask_are_told_of_shares_and_of_a_budget_that_is_used_up(in_acme: Person) -> None:
    asked = [WebhookEvent.BUDGET_THRESHOLD_REACHED.value, WebhookEvent.BUDGET_EXCEEDED.value]
    endpoints.create(in_acme.may(Permission.WEBHOOKS_CHANGE), EndpointRequest("https://hooks.invalid/", asked))
    budget = make_budget(in_acme, 2)
    _use(in_acme, 2)
    bodies = [orjson.loads(message.body) for message in Message.objects.order_by("created_at", "id")]
    assert [(body["type"], body["data"]["share"]) for body in bodies] == [
        ("budget.threshold_reached", 50),
        ("budget.exceeded", 100),
    ]
    assert (bodies[1]["data"]["budget_id"], bodies[1]["data"]["used"], bodies[1]["data"]["limit"]) == (
        str(budget.id),
        2,
        2,
    )
