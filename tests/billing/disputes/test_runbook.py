"""The runbook's commands are run as they stand there."""

import re
import shlex

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.models import User
from billing.disputes.models import DisputeCase
from tests.billing.disputes.conftest import Tenant
from tests.people import new_person

RUNBOOK = (settings.BASE_DIR / "docs" / "runbooks" / "chargeback.md").read_text()
COMMANDS = [
    shlex.split(line, comments=True)[2:] for line in re.findall(r"^python manage\.py .*$", RUNBOOK, re.MULTILINE)
]
pytestmark = pytest.mark.usefixtures("committed")


def test_the_runbook_names_commands() -> None:
    assert [command[0] for command in COMMANDS] == ["disputes", "disputes", "duty"]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_of_the_runbook_runs(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    if command[0] == "duty" and not User.objects.filter(email=command[1]).exists():
        new_person(command[1], "Fay Finance")
    call_command(*command)
    assert capsys.readouterr().err == ""


def test_the_command_lists_what_is_open_and_what_was_missed(
    committed_tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    case = committed_tenant.hears(committed_tenant.disputes())
    call_command("disputes")
    line = next(line for line in capsys.readouterr().out.splitlines() if case.stripe_id in line)
    assert "contained  due 20" in line
    assert line.endswith("  frozen")
    DisputeCase.objects.filter(id=case.id).update(missed="The pack was staged and not submitted.")
    call_command("disputes", "--missed")
    assert "The pack was staged and not submitted." in capsys.readouterr().out
    committed_tenant.decided(case.stripe_id, "won")
    call_command("disputes")
    assert case.stripe_id not in capsys.readouterr().out
