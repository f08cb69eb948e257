"""Disputes as they come: signed webhooks, in any order and number, through the inbox; warnings and paid debts too."""

import random
from typing import Any

import pytest
import stripe as sdk
from django.core import mail

from audit.outbox import drain
from billing.catalogue.models import Interval
from billing.catalogue.plans import plan
from billing.catalogue.stripe_prices import price_id, sync
from billing.disputes import containing, fraud_warnings
from billing.disputes.models import Debt, DisputeCase, DisputeStep, FraudWarning
from billing.disputes.states import State
from billing.entitlements.models import Freeze
from billing.payments.models import ChargeState
from billing.processor.accounts import customer_id
from billing.processor.client import client
from billing.subscriptions.entitling import held_plan
from billing.webhooks import inbox
from tenants.permissions import Permission
from tenants.policy import Denied, decide
from tenants.principal import Resource
from tests.billing.disputes.conftest import Staff, Tenant


def owed() -> None:
    while drain():
        pass


def test_a_dispute_freezes_as_soon_as_its_event_is_in(tenant: Tenant) -> None:
    dispute = tenant.disputes()
    tenant.stripe.deliver()
    case = DisputeCase.objects.get()
    assert (case.stripe_id, case.state, tenant.organization.standing) == (dispute, State.CONTAINED, "frozen")
    tenant.stripe.simulate("decide", dispute=dispute, outcome="won")
    tenant.stripe.deliver()
    case.refresh_from_db()
    assert (case.state, tenant.organization.standing) == (State.WON, "active")


def test_nothing_is_asked_of_stripe_between_the_freeze_and_the_commit(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the freeze on calls wait, also of tenants that share a batch with this one: not for a slow Stripe."""
    charge = tenant.pays()
    tenant.stripe.deliver()
    happened: list[str] = []
    noted(monkeypatch, happened, sdk.RequestsClient, "request")
    noted(monkeypatch, happened, containing, "freeze")
    tenant.disputes(charge)
    [opened] = [event for event in tenant.stripe.events() if event["type"] == "charge.dispute.created"]
    assert tenant.stripe.post(opened) == 200
    inbox.drain()
    assert tenant.organization.standing == "frozen"
    assert ("request" in happened, happened[-1]) == (True, "freeze")
    assert ChargeState.objects.get(stripe_id=charge).disputed


def noted(monkeypatch: pytest.MonkeyPatch, happened: list[str], of: object, name: str) -> None:
    """Have the name of something written down whenever it is called."""
    true = getattr(of, name)

    def call(*args: object) -> object:
        happened.append(name)
        return true(*args)

    monkeypatch.setattr(of, name, call)


@pytest.mark.parametrize("seed", range(4))
def test_b05_shuffled_and_repeated_events_end_where_the_bank_ended(tenant: Tenant, seed: int) -> None:
    first, second = tenant.disputes(), tenant.disputes()
    tenant.stripe.simulate("decide", dispute=first, outcome="lost")
    tenant.stripe.simulate("decide", dispute=second, outcome="won")
    events = tenant.stripe.events() * 2
    random.Random(seed).shuffle(events)
    for event in events:
        assert tenant.stripe.post(event) == 200
    while inbox.drain():
        pass
    assert dict(DisputeCase.objects.values_list("stripe_id", "state")) == {first: State.LOST, second: State.WON}
    assert [freeze.cause for freeze in Freeze.objects.filter(lifted_at=None)] == [f"dispute:{first}"]
    assert (tenant.organization.standing, Debt.objects.count()) == ("frozen", 1)
    assert DisputeStep.objects.filter(kind="opened").count() == 2


def test_a_loss_ends_the_subscription_so_that_nothing_is_charged_for_what_is_shut(tenant: Tenant) -> None:
    sync(client())
    price = price_id(client(), plan("team"), Interval.MONTH)
    method = tenant.stripe.v1.payment_methods.attach("pm_card_visa", {"customer": customer_id()}).id
    wanted: Any = {"customer": customer_id(), "items": [{"price": price}], "default_payment_method": method}
    subscription = tenant.stripe.v1.subscriptions.create(wanted).id
    tenant.stripe.deliver()
    assert held_plan().code == "team"
    dispute = tenant.disputes()
    tenant.stripe.simulate("decide", dispute=dispute, outcome="lost")
    tenant.stripe.deliver()
    owed()
    assert tenant.stripe.v1.subscriptions.retrieve(subscription).status == "canceled"
    tenant.stripe.deliver()
    assert (held_plan().code, tenant.organization.standing) == ("free", "frozen")
    tenant.stripe.v1.invoices.pay(Debt.objects.get().invoice_id, {"payment_method": "pm_card_visa"})
    tenant.stripe.deliver()
    assert (held_plan().code, tenant.organization.standing) == ("free", "active")


def test_a_debt_that_is_paid_at_stripe_lets_the_organisation_go_on(tenant: Tenant) -> None:
    dispute = tenant.disputes()
    tenant.stripe.simulate("decide", dispute=dispute, outcome="lost")
    tenant.stripe.deliver()
    owed()
    debt = Debt.objects.get()
    assert (tenant.organization.standing, debt.paid_at) == ("frozen", None)
    tenant.stripe.v1.invoices.pay(debt.invoice_id, {"payment_method": "pm_card_visa"})
    tenant.stripe.deliver()
    debt.refresh_from_db()
    assert debt.paid_at is not None
    assert tenant.organization.standing == "active"


def warned(tenant: Tenant) -> FraudWarning:
    tenant.stripe.simulate("warning", charge=tenant.pays())
    tenant.stripe.deliver()
    found: FraudWarning = FraudWarning.objects.get()
    return found


def test_a_warning_pauses_spending_and_proposes_a_full_refund(tenant: Tenant, fay: Staff) -> None:
    warning = warned(tenant)
    assert (warning.proposed_cents, warning.currency, warning.outcome) == (9_900, "usd", "")
    assert (warning.act_by - warning.warned_at).total_seconds() == 48 * 3600
    assert tenant.organization.standing == "paused"
    owner, org = tenant.owner.principal, tenant.organization
    for permission, allowed in ((Permission.BUDGETS_RAISE, False), (Permission.GUARD_CHECK, True)):
        resource = Resource("x", org.id, org_status=org.standing)
        assert isinstance(decide(owner, permission, resource), Denied) != allowed
    mail.outbox.clear()
    owed()
    assert [str(message.subject) for message in mail.outbox] == ["Early fraud warning: Acme Rockets"]


def test_a_full_refund_ends_a_warning(tenant: Tenant) -> None:
    warning = warned(tenant)
    tenant.stripe.v1.refunds.create({"charge": warning.charge_id})
    tenant.stripe.deliver()
    warning.refresh_from_db()
    assert (warning.outcome, tenant.organization.standing) == (FraudWarning.Outcome.REFUNDED, "active")


def test_a_dispute_takes_the_place_of_a_warning(tenant: Tenant) -> None:
    warning = warned(tenant)
    tenant.disputes(warning.charge_id)
    tenant.stripe.deliver()
    warning.refresh_from_db()
    assert (warning.outcome, tenant.organization.standing) == (FraudWarning.Outcome.DISPUTED, "frozen")
    assert [freeze.pauses for freeze in Freeze.objects.filter(lifted_at=None)] == [False]


def test_the_desk_may_keep_a_payment_that_was_warned_of(tenant: Tenant, fay: Staff) -> None:
    warning = warned(tenant)
    kept = fraud_warnings.keep(fay.may(Permission.DISPUTES_PREPARE), warning.id)
    assert (kept.outcome, kept.decided_by, tenant.organization.standing) == ("kept", "Fay Finance", "active")
    with pytest.raises(FraudWarning.DoesNotExist):
        fraud_warnings.keep(fay.may(Permission.DISPUTES_PREPARE), warning.id)
