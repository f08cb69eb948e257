"""The plans that ship: loaded once, never changed, read by everybody and written by the owner alone."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from pydantic import ValidationError

from billing.catalogue import plans
from billing.catalogue.models import Interval, PlanVersion
from billing.catalogue.plans import FILE, PlanChanged, listed, load, offered, plan
from tenants.postgresql.connections import OWNER

pytestmark = pytest.mark.django_db(databases=["default", OWNER])


def _file(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """Return a copy of the plans that ship, with the first place of each text changed."""
    text = FILE.read_text()
    for former, now in changes:
        assert former in text
        text = text.replace(former, now, 1)
    made = tmp_path / "plans.toml"
    made.write_text(text)
    return made


def test_four_plans_ship_smallest_first() -> None:
    assert [each.code for each in offered()] == ["free", "team", "business", "enterprise"]
    assert [each.is_paid for each in offered()] == [False, True, True, True]
    prices = [each.cents(Interval.MONTH) for each in offered()]
    assert prices == sorted(prices)


def test_a_year_costs_less_than_twelve_months() -> None:
    for each in offered()[1:]:
        assert each.cents(Interval.YEAR) < 12 * each.cents(Interval.MONTH)


def test_nothing_is_added_twice() -> None:
    said = StringIO()
    call_command("load_plans", stdout=said)
    assert said.getvalue() == "0 versions of plans added.\n"


def test_a_changed_version_is_refused_and_nothing_is_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = _file(tmp_path, ('code = "team"\nversion = 1', 'code = "team"\nversion = 2'), ("49_900", "1"))
    with pytest.raises(PlanChanged, match="business version 1 was loaded with another monthly_cents"):
        load(PlanVersion, OWNER, changed)
    assert plan("team").version == 1
    monkeypatch.setattr(plans.load, "__defaults__", (changed,))
    with pytest.raises(CommandError, match="give the plan the next number"):
        call_command("load_plans")


def test_another_version_is_added_and_the_former_one_kept(tmp_path: Path) -> None:
    changed = _file(tmp_path, ('code = "team"\nversion = 1', 'code = "team"\nversion = 2'), ("9_900", "10_900"))
    assert load(PlanVersion, OWNER, changed) == 1
    assert [row.monthly_cents for row in PlanVersion.objects.using(OWNER).filter(code="team")] == [10_900, 9_900]


@pytest.mark.parametrize(
    ("former", "now", "field"),
    [
        ("monthly_cents = 9_900", "monthly_cents = -1", "monthly_cents"),
        ("monthly_cents = 9_900", "monthly_cents = 99.5", "monthly_cents"),
        ("monthly_cents = 9_900", 'monthly_cents = "9900"', "monthly_cents"),
        ('currency = "usd"', 'currency = "US$"', "currency"),
        ("seats = 3", "seats = 0", "seats"),
        ("seats = 3", "chairs = 3", "chairs"),
        ("trial_days = 14", "trial_days = 1_000", "trial_days"),
    ],
)
def test_b04_a_file_with_a_wrong_value_is_refused_by_its_name(
    tmp_path: Path, former: str, now: str, field: str
) -> None:
    with pytest.raises(ValidationError, match=field):
        listed(_file(tmp_path, (former, now)))


def test_the_application_cannot_change_a_plan() -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        PlanVersion.objects.filter(code="free").update(monthly_cents=0)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute("DELETE FROM catalogue_planversion")


def test_limits_are_those_of_the_file() -> None:
    free = plan("free")
    assert (free.requests, free.seats, free.retention_days) == (10_000, 3, 30)
    assert "gpt-4.1-mini" in (free.models_allowed or [])
    assert (plan("enterprise").requests, plan("enterprise").seats) == (None, None)
