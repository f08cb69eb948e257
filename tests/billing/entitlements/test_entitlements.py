"""What payments open and shut: the organisation's status follows its freezes and its plan, at once and everywhere."""

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from billing.entitlements import verbs
from billing.entitlements.limits import Limits
from billing.entitlements.models import Entitlement, Freeze, Off
from tenants.models import Organization
from tenants.permissions import Permission
from tenants.policy import Denied, decide
from tenants.principal import Resource
from tenants.scope import org_scope
from tests.api.conftest import Application
from tests.committed import *  # noqa: F403 (fixtures)
from tests.committed import new_owner
from tests.people import Person

TEAM = Limits(
    requests=100, tokens=None, spend_nanos=None, seats=5, models=("gpt-4.1",), retention_days=30, requests_per_minute=60
)


def _status() -> str:
    return Organization.objects.get().billing_status


def _events(name: str) -> int:
    return AuditEvent.objects.filter(event=name).count()


def test_a_plan_gives_its_limits_once(in_acme: Person) -> None:
    before = _events("entitlements:plan:assigned")
    verbs.assign("team", 1, TEAM)
    verbs.assign("team", 1, TEAM)
    organization, entitlement = Organization.objects.get(), Entitlement.objects.get()
    assert Limits.from_json(entitlement.limits) == TEAM
    assert (organization.requests_per_minute, organization.seats, organization.retention_days) == (60, 5, 30)
    assert _events("entitlements:plan:assigned") == before + 1


def test_a_freeze_lasts_until_every_cause_is_lifted(in_acme: Person) -> None:
    for cause in ("dispute:dp_1", "dispute:dp_2", "dispute:dp_1"):
        verbs.freeze(cause, "A payment is disputed.")
    assert Freeze.objects.count() == 2
    assert verbs.lift("dispute:dp_1")
    assert not verbs.lift("dispute:dp_1")
    assert _status() == "frozen"
    verbs.lift("dispute:dp_2")
    assert _status() == "active"
    assert (_events("entitlements:freeze:opened"), _events("entitlements:freeze:lifted")) == (2, 2)


def test_a_plan_that_is_off_stays_off_through_a_freeze_and_another_plan(in_acme: Person) -> None:
    verbs.assign("team", 1, TEAM)
    verbs.switch_off(Off.UNPAID)
    assert _status() == "lapsed"
    verbs.freeze("dispute:dp_1", "A payment is disputed.")
    assert _status() == "frozen"
    verbs.lift("dispute:dp_1")
    verbs.assign("team", 2, TEAM)
    assert _status() == "lapsed"
    verbs.switch_on(Off.UNPAID)
    assert _status() == "active"


def test_a_plan_that_is_off_for_two_reasons_is_on_after_both(in_acme: Person) -> None:
    verbs.assign("team", 1, TEAM)
    for reason in (Off.UNPAID, Off.DISPUTE_LOST, Off.UNPAID):
        verbs.switch_off(reason)
    assert Entitlement.objects.get().off == ["dispute_lost", "unpaid"]
    assert _events("entitlements:plan:switched_off") == 2
    verbs.switch_on(Off.UNVERIFIED)
    verbs.switch_on(Off.DISPUTE_LOST)
    assert (_status(), Entitlement.objects.get().off) == ("lapsed", ["unpaid"])
    assert _events("entitlements:plan:switched_on") == 0
    verbs.switch_on(Off.UNPAID)
    assert (_status(), Entitlement.objects.get().off) == ("active", [])
    assert _events("entitlements:plan:switched_on") == 1


@pytest.mark.parametrize(("shut", "code"), [("frozen", "BIL-FREEZE-001"), ("lapsed", "BIL-PLAN-001")])
def test_b05_a_worker_that_knows_the_key_refuses_the_next_request(committed: None, shut: str, code: str) -> None:
    owner = new_owner()
    application = Application(*owner.key(Permission.GUARD_CHECK, Permission.MODELS_READ))
    assert application.get("/v1/models").status_code == 200
    with org_scope(owner.organization.id):
        verbs.freeze("dispute:dp_1", "Disputed.") if shut == "frozen" else verbs.switch_off(Off.UNPAID)
    refused = application.get("/v1/models")
    assert refused.status_code == 402
    assert refused.json()["error"]["reason_codes"] == [code]
    with org_scope(owner.organization.id):
        verbs.lift("dispute:dp_1")
        verbs.switch_on(Off.UNPAID)
    assert application.get("/v1/models").status_code == 200


def test_its_people_read_and_are_told_and_make_nothing(in_acme: Person) -> None:
    verbs.freeze("dispute:dp_1", "Disputed.")
    client = in_acme.browser()
    home = client.get(reverse("home"))
    assert home.status_code == 200
    assert b"The service is frozen" in home.content
    assert client.get(reverse("decisions_list")).status_code == 200
    assert client.get(reverse("key_create")).status_code == 403
    assert client.get(reverse("playground")).status_code == 403


@pytest.mark.parametrize("standing", ["frozen", "paused"])
def test_who_is_frozen_or_warned_of_raises_no_budget(in_acme: Person, standing: str) -> None:
    (verbs.freeze if standing == "frozen" else verbs.pause)("dispute:dp_1", "Disputed.")
    resource = Resource("budget", in_acme.organization.id, org_status=_status())
    assert isinstance(decide(in_acme.principal, Permission.BUDGETS_RAISE, resource), Denied)
