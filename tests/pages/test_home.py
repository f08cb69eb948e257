"""The start page: what the guard did, how near the limit it came, what ends soon, and what waits for this person."""

from datetime import UTC, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from accounts.recovery_codes import RecoveryCodes
from audit.ids import new_decision_id
from audit.record import DecisionRow, record_in_transaction
from billing.ledger.quotas import set_plan_quotas
from promptguard import policies
from promptguard.usage import busiest_minute
from tenants.models import Membership
from tenants.permissions import Permission, Role
from tenants.scope import org_scope
from tests.billing.ledger.conftest import leave_plan, make_budget
from tests.billing.ledger.test_quotas import Plan
from tests.people import Person, join, recovery_codes_of


def _todo(client: Client) -> list[str]:
    return [each.label for each in client.get("/").context["todo"]]


def test_what_waits_for_an_owner_goes_away_when_it_is_done(olga: Person, max_: Person) -> None:
    client = olga.browser()
    assert _todo(client) == ["Make recovery codes", "Make a second owner", "Ask for second factors"]
    Authenticator.objects.create(user=max_.user, type="totp", data={})
    assert _todo(client) == ["Make recovery codes", "Make a second owner"]
    RecoveryCodes.activate(olga.user)
    assert _todo(client) == ["Make recovery codes", "Make a second owner"], "asked for, and never shown"
    recovery_codes_of(olga.user)
    with org_scope(olga.organization.id):
        Membership.objects.filter(user=max_.user).update(role="owner")
    assert _todo(client) == []


def test_a_draft_of_the_policy_waits_for_who_may_change_it(olga: Person) -> None:
    viewer = join(olga.organization, "v@acme.example", "V", Role.VIEWER).browser()
    with org_scope(olga.organization.id):
        grant = olga.may(Permission.POLICY_CHANGE)
        row = policies.save(grant, {})
        assert "Review the guard policy" in _todo(olga.browser())
        assert "Review the guard policy" not in _todo(viewer)
        policies.activate(grant, row.id)
    assert "Review the guard policy" not in _todo(olga.browser())


def test_the_busiest_minute_counts_the_guards_calls_of_one_day(in_acme: Person) -> None:
    noon = datetime.now(UTC).replace(second=0, microsecond=0)
    moments = [noon - timedelta(minutes=5, seconds=-second) for second in (1, 2, 59)]
    moments += [noon - timedelta(minutes=3), *[noon - timedelta(days=2)] * 9]
    for at in moments:
        row = DecisionRow(
            in_acme.organization.id, "api_key", "k", "guard:check", "guard", "allow", [], "x", created_at=at,
            id=new_decision_id(at),
        )  # fmt: skip
        record_in_transaction(row)
    assert busiest_minute() == 3


def test_a_key_that_ends_soon_is_listed(olga: Person) -> None:
    olga.key(Permission.GUARD_CHECK, expires_at=timezone.now() + timedelta(days=3))
    page = olga.browser().get("/")
    assert [key.name for key in page.context["expiring"]] == ["test"]
    assert b"in 3 d" in page.content


def test_what_binds_a_person_is_shown_with_what_is_used(in_acme: Person, max_: Person) -> None:
    leave_plan()
    assert max_.browser().get("/").context["caps"] == []
    set_plan_quotas(Plan(spend_nanos=10**10))
    make_budget(in_acme, 5, scope="role:developer")
    make_budget(in_acme, 5, scope="role:owner")
    page = max_.browser().get("/")
    assert [one.budget.scope_id for one in page.context["caps"]] == ["", "developer"]
    assert "0.00 of 10.00 USD used" in page.content.decode()
