"""``manage.py disputes``: what is open, of every tenant, read as the operators' database role."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from billing.disputes.forms import DisputeFilter
from billing.disputes.models import Debt, DisputeCase
from billing.disputes.shown import board
from billing.entitlements.models import Freeze
from tenants.desk import across


class Command(BaseCommand):
    help = "List disputes that are not over, or lost and not paid: what is due, frozen and owed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--missed", action="store_true", help="those whose deadline passed without an answer")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        owed = set(across(Debt).filter(paid_at=None, void_at=None).values_list("case_id", flat=True))
        for case in board(across(DisputeCase), across(Freeze), DisputeFilter({})).order_by("due_at", "id"):
            if case.missed if options["missed"] else not case.is_over or case.id in owed:
                self.stdout.write(self._line(case, case.id in owed))

    def _line(self, case: DisputeCase, owed: bool) -> str:
        frozen: bool = case.is_frozen  # type: ignore[attr-defined]  # an annotation of the board's
        due = f"due {case.due_at:%Y-%m-%d %H:%M}" if case.due_at and case.is_open else "not due"
        marks = [
            word for word, is_so in (("frozen", frozen), ("owed", owed), (case.missed, bool(case.missed))) if is_so
        ]
        return "  ".join([case.stripe_id, str(case.org_id), case.state, due, ", ".join(marks) or "goes on"])
