"""The facts of a dispute, read from the open organisation's rows as of one moment, and those rows as JSON lines.

All of it is read in one snapshot of the database. What is appended later, or was written after `as_of`, is not seen;
row-level security and the manager of tenant models show no other tenant's rows.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, QuerySet, Sum, Window
from django.db.models.functions import RowNumber, TruncDate

from audit.models import Decision
from billing.disputes.models import DisputeCase
from billing.evidence import rows
from billing.evidence.facts import Call, Case, Charge, Day, Facts, Invoice, Said
from billing.evidence.fields import MOST_CALLS
from billing.evidence.packs import Source, write_source
from billing.evidence.screening import Screen, redacted
from billing.evidence.terms import terms_of
from billing.ledger.models import UsageEvent
from tenants.permissions import Permission
from tenants.scope import NOBODY, current_org_id, open_scope, org_scope

BEFORE = timedelta(days=31)
"""How long before the period that was paid for the log of calls begins."""
YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a pack is to be made of: which case, as of when, and what the preparer adds."""

    case: DisputeCase
    as_of: datetime
    said: Said


def gather(asked: Asked, screen: Screen, folder: Path) -> tuple[Facts, Mapping[str, int], tuple[Source, ...]]:
    """Return the redacted facts, what was redacted, and the rows that were written into `folder`."""
    with _snapshot():
        facts, counts = redacted(_facts(asked), screen)
        since = _since(facts)
        streams = {"calls": _call_rows(since, asked.as_of), "usage": _usage_rows(since, asked.as_of)}
        streams |= {name: iter(each) for name, each in _fact_rows(facts).items()}
        return facts, counts, tuple(write_source(folder / f"{name}.jsonl", each) for name, each in streams.items())


@contextmanager
def _snapshot() -> Iterator[None]:
    """Read as of one moment: nothing may be asked before that is said, not even for the tenant that is open."""
    org_id = current_org_id()
    with open_scope(NOBODY), transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with org_scope(org_id):
            yield


def _facts(asked: Asked) -> Facts:
    case, as_of = asked.case, asked.as_of
    charges, invoices = rows.charges(as_of), rows.invoices(as_of)
    bare = Facts(
        as_of=as_of,
        case=_case(case),
        account=rows.account(as_of),
        said=asked.said,
        terms=terms_of(()),
        total_calls=0,
        charges=charges,
        invoices=tuple(_paid_by(invoice, charges) for invoice in invoices),
        checkouts=rows.checkouts(as_of),
    )
    return _with_use(bare)


def _with_use(bare: Facts) -> Facts:
    """Return the facts with what the account did."""
    since, as_of = _since(bare), bare.as_of
    calls = _calls(since, as_of)
    return Facts(
        **{
            name: getattr(bare, name)
            for name in ("as_of", "case", "account", "said", "charges", "invoices", "checkouts")
        },
        terms=terms_of(bare.checkouts),
        total_calls=calls.count(),
        keys=rows.keys(as_of),
        days=tuple(_days(since, as_of)),
        calls=tuple(_extract(bare, calls)),
        visits=rows.visits(as_of - YEAR, as_of, bare.account),
        mails=rows.mails(as_of - YEAR, as_of),
        policy_versions=tuple(
            calls.order_by("policy_version").values_list("policy_version", flat=True).distinct()[:50]
        ),
    )


def _case(case: DisputeCase) -> Case:
    return Case(
        id=str(case.id),
        dispute=case.stripe_id,
        charge=case.charge_id,
        case_type=case.case_type,
        reason=case.reason,
        network_reason_code=case.network_reason_code,
        amount_cents=case.amount_cents,
        currency=case.currency,
        opened_at=case.opened_at,
        fee=f"{case.card_brand}_compliance" if case.fee_acknowledged_at else "",
    )


def _paid_by(invoice: Invoice, charges: tuple[Charge, ...]) -> Invoice:
    """Return an invoice with its charge, also where only the charge says which invoice it paid."""
    if invoice.charge:
        return invoice
    paid = (charge.id for charge in charges if charge.invoice == invoice.id and charge.status == "succeeded")
    return Invoice(**{**_shallow(invoice), "charge": next(paid, "")})


def _shallow(invoice: Invoice) -> dict[str, Any]:
    return {name: getattr(invoice, name) for name in Invoice.__slots__}


def _since(facts: Facts) -> datetime:
    """Return from when on calls speak to the dispute: a while before the period that was paid for."""
    start = facts.invoice.period_start if facts.invoice else None
    charge = facts.charge
    return (start or (charge.at if charge and charge.at else facts.case.opened_at)) - BEFORE


def _calls(since: datetime, as_of: datetime) -> "QuerySet[Decision]":
    """Return the calls of the API that were let in; a refused one was no service."""
    made = Decision.objects.filter(created_at__gte=since, created_at__lte=as_of)
    return made.filter(permission=Permission.GUARD_CHECK.value).exclude(action="deny")


def _extract(facts: Facts, calls: "QuerySet[Decision]") -> Iterator[Call]:
    """Yield the first calls of each day, then the second ones, and so on: every day has its part."""
    if facts.case.reason == "subscription_canceled" and facts.said.cancelled_on:
        calls = calls.filter(created_at__date__gt=facts.said.cancelled_on)
    of_day = Window(RowNumber(), partition_by=TruncDate("created_at"), order_by=["created_at", "id"])
    ranked = calls.annotate(rank=of_day).order_by("rank", "created_at", "id")
    names = ("id", "created_at", "principal_id", "principal_kind", "action")
    for decision_id, at, who, kind, action in ranked.values_list(*names)[:MOST_CALLS]:
        yield Call(decision_id, at, who, kind, action)


def _days(since: datetime, as_of: datetime) -> Iterator[Day]:
    calls = _calls(since, as_of).annotate(day=TruncDate("created_at")).values("day").annotate(n=Count("pk"))
    used = _usage(since, as_of).annotate(day=TruncDate("at")).values("day")
    sums = {one["day"]: one for one in used.annotate(tokens=Sum(F("tokens_in") + F("tokens_out")), cost=Sum("nanos"))}
    for one in calls.order_by("day"):
        cost = sums.get(one["day"], {"tokens": 0, "cost": 0})
        yield Day(one["day"], one["n"], int(cost["tokens"]), int(cost["cost"]))


def _usage(since: datetime, as_of: datetime) -> "QuerySet[UsageEvent]":
    found: QuerySet[UsageEvent] = UsageEvent.objects.filter(at__gte=since, at__lte=as_of)
    return found


def _call_rows(since: datetime, as_of: datetime) -> Iterator[dict[str, Any]]:
    names = ("created_at", "id", "principal_kind", "principal_id", "action", "mode", "reason_codes", "policy_version")
    found = _calls(since, as_of).order_by("created_at", "id").values_list(*names)
    shown = ("at", *names[1:])
    return (dict(zip(shown, each, strict=True)) for each in found.iterator(chunk_size=5000))


def _usage_rows(since: datetime, as_of: datetime) -> Iterator[dict[str, Any]]:
    names = (
        "at",
        "decision_id",
        "principal_id",
        "model",
        "price_version",
        "tokens_in",
        "tokens_out",
        "nanos",
        "origin",
    )
    found = _usage(since, as_of).order_by("at", "id").values_list(*names)
    return (dict(zip(names, each, strict=True)) for each in found.iterator(chunk_size=5000))


def _fact_rows(facts: Facts) -> dict[str, list[dict[str, Any]]]:
    """Return the facts that are lists as rows, each with its time."""
    times = {"keys": "made_at", "invoices": "period_start"}
    lists = {name: getattr(facts, name) for name in ("keys", "visits", "checkouts", "invoices", "charges", "mails")}
    found = {
        name: [{"at": getattr(one, times.get(name, "at")) or facts.as_of, **asdict(one)} for one in each]
        for name, each in lists.items()
    }
    people = [{"at": one.joined_at, **asdict(one)} for one in facts.account.people]
    return dict(chain(found.items(), [("people", people)]))
