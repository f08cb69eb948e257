"""What a plan lets an organisation use: beside its own budgets, and nobody's there to change (B03, B05)."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from django.db import transaction

from audit.models import AuditEvent
from billing.ledger import budgets
from billing.ledger.balance import differences
from billing.ledger.models import LARGEST_AMOUNT, Budget, ModelAllowance
from billing.ledger.quotas import set_plan_quotas
from billing.ledger.reservations import NoRoom, finish
from billing.ledger.rules import rules_of
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.billing.ledger.conftest import IN, MODEL, OUT, call, held, make_budget, state_of
from tests.people import Person


@dataclass(frozen=True, slots=True)
class Plan:
    requests: int | None = None
    tokens: int | None = None
    spend_nanos: int | None = None
    models: tuple[str, ...] | None = None


SMALL = Plan(requests=2, tokens=10_000, spend_nanos=10**9)


def _quota(unit: str = "requests") -> Budget:
    quota: Budget = Budget.objects.get(source="plan", unit=unit, closed_at=None)
    return quota


def _settled(person: Person) -> None:
    finish(held(person), "settled", 100, 50)


def test_a_plan_bounds_requests_tokens_and_spend_of_the_whole_organisation(in_acme: Person) -> None:
    set_plan_quotas(SMALL)
    rows = Budget.objects.filter(source="plan").values_list("scope_kind", "scope_id", "unit", "period", "cap", "grace")
    assert sorted(rows) == [
        ("org", "", "nanos", "month", 10**9, 0),
        ("org", "", "requests", "month", 2, 0),
        ("org", "", "tokens", "month", 10_000, 0),
    ]
    _settled(in_acme)
    assert [state_of(_quota(unit))[0] for unit in ("requests", "tokens", "nanos")] == [1, 150, 100 * IN + 50 * OUT]


def test_a_used_up_quota_refuses_and_names_the_plan(in_acme: Person) -> None:
    make_budget(in_acme, 100, period="month")
    set_plan_quotas(SMALL)
    for _ in range(2):
        _settled(in_acme)
    with pytest.raises(NoRoom) as refused:
        call(in_acme)
    assert (refused.value.budget.level, refused.value.spent) == ("plan", True)
    assert (refused.value.budget.bound, refused.value.budget.used) == (2, 2)


def test_an_upgrade_lets_the_next_call_through_and_keeps_what_was_used(in_acme: Person) -> None:
    set_plan_quotas(SMALL)
    for _ in range(2):
        _settled(in_acme)
    quota = _quota()
    set_plan_quotas(replace(SMALL, requests=3))
    assert _quota().id == quota.id
    _settled(in_acme)
    assert state_of(quota) == (3, 0)
    with pytest.raises(NoRoom):
        call(in_acme)


def test_an_upgrade_that_is_rolled_back_raises_nothing(in_acme: Person) -> None:
    set_plan_quotas(SMALL)
    with transaction.atomic():
        set_plan_quotas(replace(SMALL, requests=1_000))
        transaction.set_rollback(True)
    assert _quota().cap == 2


def test_b03_leaving_a_plan_and_coming_back_begins_no_month_anew(in_acme: Person) -> None:
    set_plan_quotas(SMALL)
    for _ in range(2):
        _settled(in_acme)
    set_plan_quotas(Plan())
    assert not Budget.objects.filter(source="plan", closed_at=None).exists()
    _settled(in_acme)
    set_plan_quotas(SMALL)
    assert (state_of(_quota()), _quota().excess, _quota().carried) == ((3, 0), 1, 3)
    with pytest.raises(NoRoom):
        call(in_acme)
    assert list(differences()) == []


def test_what_a_quota_carried_ends_with_its_month(in_acme: Person) -> None:
    _settled(in_acme)
    set_plan_quotas(SMALL)
    quota = _quota()
    Budget.objects.filter(id=quota.id).update(window_start=quota.window_start - timedelta(days=40))
    held(in_acme)
    assert (state_of(quota), quota.carried) == ((0, 1), 0)


def test_a_downgrade_below_what_was_used_refuses_from_the_next_call(in_acme: Person) -> None:
    set_plan_quotas(replace(SMALL, requests=10))
    for _ in range(3):
        _settled(in_acme)
    set_plan_quotas(SMALL)
    with pytest.raises(NoRoom):
        call(in_acme)
    assert list(differences()) == []


def test_a_quota_of_nothing_admits_nothing(in_acme: Person) -> None:
    set_plan_quotas(Plan(requests=0))
    with pytest.raises(NoRoom) as refused:
        call(in_acme)
    assert refused.value.budget.bound == 0


def test_the_same_plan_again_changes_nothing(in_acme: Person) -> None:
    set_plan_quotas(replace(SMALL, models=("b", "a")))
    before = AuditEvent.objects.count()
    set_plan_quotas(replace(SMALL, models=("a", "b")))
    assert (Budget.objects.count(), AuditEvent.objects.count()) == (3, before)


def test_b03_the_tenant_cannot_change_raise_or_close_what_its_plan_bounds(in_acme: Person) -> None:
    set_plan_quotas(SMALL)
    quota, grant = _quota(), in_acme.may(Permission.BUDGETS_RAISE)
    with pytest.raises(Budget.DoesNotExist):
        budgets.change(grant, quota.id, 10, 0)
    with pytest.raises(Budget.DoesNotExist):
        budgets.raise_until(grant, quota.id, 10, quota.window_start + timedelta(days=40), "because")
    with pytest.raises(Budget.DoesNotExist):
        budgets.close(grant, quota.id)
    quota.refresh_from_db()
    assert (quota.cap, quota.raised, quota.closed_at) == (2, 0, None)


def test_a_plan_names_the_models_that_may_be_called(in_acme: Person) -> None:
    def allowed(model: str) -> bool:
        rules_of.__globals__["_remembered"].clear()
        return rules_of(in_acme.organization.id, 0).allow(model)

    assert allowed("anything")
    set_plan_quotas(Plan(models=(MODEL,)))
    assert (allowed(MODEL), allowed("tidegate-guard"), allowed("gpt-5")) == (True, True, False)
    set_plan_quotas(Plan(models=(MODEL, "gpt-5")))
    assert allowed("gpt-5")
    set_plan_quotas(Plan())
    assert allowed("anything")
    assert not ModelAllowance.objects.exists()


@pytest.mark.parametrize("bad", [-1, LARGEST_AMOUNT + 1])
def test_a_quota_beyond_the_numbers_is_refused_and_nothing_is_set(in_acme: Person, bad: int) -> None:
    with pytest.raises(ValueError, match="quota of tokens"):
        set_plan_quotas(replace(SMALL, tokens=bad))
    assert not Budget.objects.exists()


def test_one_tenants_plan_is_no_others(in_acme: Person, eve: Person) -> None:
    set_plan_quotas(Plan(requests=0, models=()))
    with org_scope(eve.organization.id):
        assert held(eve)
        assert not Budget.objects.filter(cap=0).exists()
