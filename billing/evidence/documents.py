"""The PDF files of an answer: one for each file field, together within the bounds of all networks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from reportlab.platypus import Flowable

from billing.evidence.eligibility import Eligibility
from billing.evidence.facts import Call, Facts, Invoice
from billing.evidence.fields import FILES, LABELS, LARGEST_FILE, LARGEST_TOGETHER, MOST_CALLS, MOST_PAGES
from billing.evidence.texts import PRODUCT, day, dollars, moment, money, other_invoice
from billing.evidence.typeset import Document, data_table, facts_table, heading, paragraph, title, typeset

MOST_DAYS, MOST_VISITS, MOST_MAILS, MOST_INVOICES = 180, 90, 90, 40
"""Rows of one table, as `MOST_CALLS`; the rest is in the pack's rows."""
_CALLS = (96, 200, 105, 90)
_ELEMENTS = {
    "customer_purchase_ip": "the address",
    "customer_device_fingerprint": "the browser",
    "customer_account_id": "the account",
    "customer_email_address": "the e-mail address",
}


def documents_of(facts: Facts, found: Eligibility, fields: Iterable[str]) -> dict[str, Document]:
    """Return the files for `fields`; the log of calls is cut until all of them fit."""
    names = [name for name in fields if name in FILES]
    most = MOST_CALLS
    while True:
        made = dict(_each(replace(facts, calls=facts.calls[:most]), found, names))
        if most < 25 or not exceeded(made):
            return made
        most //= 2


def exceeded(made: Mapping[str, Document]) -> list[str]:
    """Return the bounds that files exceed, as sentences."""
    sizes = {name: len(document.content) for name, document in made.items()}
    large = [
        f"{name} has {size:,} bytes, at most {LARGEST_FILE:,}." for name, size in sizes.items() if size > LARGEST_FILE
    ]
    if (total := sum(sizes.values())) > LARGEST_TOGETHER:
        large.append(f"The files have {total:,} bytes together, at most {LARGEST_TOGETHER:,}.")
    if (pages := sum(document.pages for document in made.values())) > MOST_PAGES:
        large.append(f"The files have {pages} pages together, at most {MOST_PAGES}.")
    return large


def _each(facts: Facts, found: Eligibility, names: Iterable[str]) -> Iterator[tuple[str, Document]]:
    footer = f"Dispute {facts.case.dispute} · {facts.account.name} · as of {moment(facts.as_of)}"
    for name in names:
        parts = list(_SETTERS[name](facts, found))
        if parts:
            head = [
                title(LABELS[name]),
                paragraph(f"Dispute {facts.case.dispute}, charge {facts.case.charge}", muted=True),
            ]
            yield name, typeset(f"{LABELS[name]}: {facts.case.dispute}", footer, [*head, *parts])


def _usage(facts: Facts, found: Eligibility) -> Iterator[Flowable]:
    if not facts.days and not facts.calls:
        return
    yield paragraph(PRODUCT)
    yield facts_table(
        [
            ("Account", f"{facts.account.name} ({facts.account.org_id}), opened {day(facts.account.created_at)}"),
            ("Calls answered", f"{facts.total_calls:,}"),
            ("Days with use", f"{len(facts.days)}"),
            ("Guard policy versions", ", ".join(facts.policy_versions[:12]) or "none"),
        ]
    )
    yield heading("Use by day (UTC)")
    days = facts.days[-MOST_DAYS:]
    rows = [[f"{one.day}", f"{one.calls:,}", f"{one.tokens:,}", f"{dollars(one.nanos)}"] for one in days]
    yield data_table(("Day", "Calls", "Tokens", "US dollars"), (3, 2, 2, 2), rows, right=3)
    if facts.keys:
        yield heading("API keys of the account")
        keys = [[key.id, key.name, day(key.made_at)] for key in facts.keys[:20]]
        yield data_table(("Id", "Name", "Made"), (4, 4, 2), keys)
    yield heading(f"Calls of the API: {len(facts.calls)} of {facts.total_calls:,}")
    yield paragraph(
        "An extract, spread evenly over the days; every decision id can be looked up in the record.", muted=True
    )
    yield data_table(("Time", "Decision", "Credential", "Outcome"), _CALLS, map(_call, facts.calls))


def _call(call: Call) -> list[str]:
    at, who = f"{call.at:%Y-%m-%d %H:%M:%S}", f"{call.principal_id[:13]}…"
    return [at, call.decision_id, who, call.action]


def _receipt(facts: Facts, found: Eligibility) -> Iterator[Flowable]:
    if facts.charge is None:
        return
    charge = facts.charge
    yield facts_table(
        [
            ("Paid", f"{money(charge.amount_cents, charge.currency)} on {moment(charge.at)}"),
            ("Card", f"{charge.card_brand} ending in {charge.card_last4}"),
            ("3-D Secure", charge.three_d_secure or "not asked for by the bank"),
            ("For", charge.description or "the subscription"),
            ("Customer", facts.account.name),
        ]
    )
    if facts.invoice:
        yield from _invoice(facts.invoice)
    yield heading("All invoices of the account")
    rows = [
        [i.number, i.status, f"{day(i.period_start)} – {day(i.period_end)}", money(i.paid_cents, i.currency)]
        for i in facts.invoices[:MOST_INVOICES]
    ]
    yield data_table(("Number", "Status", "Period", "Paid"), (3, 2, 4, 3), rows, right=1)


def _invoice(invoice: Invoice) -> Iterator[Flowable]:
    yield heading(f"Invoice {invoice.number}, {day(invoice.period_start)} to {day(invoice.period_end)}")
    lines = [
        [one.description, f"{one.quantity:,}", money(one.amount_cents, invoice.currency)] for one in invoice.lines[:30]
    ]
    lines.append(["Total", "", money(invoice.total_cents, invoice.currency)])
    yield data_table(("Item", "Quantity", "Amount"), (7, 2, 3), lines, right=2)


def _both_invoices(facts: Facts, found: Eligibility) -> Iterator[Flowable]:
    other = other_invoice(facts)
    if facts.invoice is None or other is None:
        return
    yield from _invoice(facts.invoice)
    yield from _invoice(other)


def _mails(facts: Facts, found: Eligibility) -> Iterator[Flowable]:
    if not facts.mails:
        return
    yield paragraph("Mails that our system sent to people of the account, and their kind. Their texts are not kept.")
    rows = [[moment(mail.at), mail.kind, mail.email] for mail in facts.mails[:MOST_MAILS]]
    yield data_table(("Sent", "Kind", "To"), (3, 6, 5), rows)


def _policy(facts: Facts, text: str) -> Iterator[Flowable]:
    if not text or facts.checkout is None:
        return
    accepted = facts.checkout
    yield facts_table(
        [
            ("Terms", f"version {accepted.terms_version}"),
            ("Accepted", f"{moment(accepted.at)} by {accepted.email}"),
            ("From", accepted.address or "an unknown address"),
        ]
    )
    yield heading("The policy")
    for part in text.split("\n\n"):
        yield paragraph(part.strip())


def _identity(facts: Facts, found: Eligibility) -> Iterator[Flowable]:
    if not facts.visits and not facts.checkouts:
        return
    yield heading("People of the account")
    people = [[one.name or "–", one.email, one.role, day(one.joined_at)] for one in facts.account.people[:20]]
    yield data_table(("Name", "E-mail address", "Role", "Since"), (4, 5, 2, 2), people)
    if facts.checkouts:
        yield heading("Purchases and the terms accepted with them")
        rows = [
            [moment(v.at), v.address or "–", v.device_hash[:24], v.email, v.terms_version] for v in facts.checkouts[:20]
        ]
        yield data_table(("Time", "Address", "Browser (hash)", "By", "Terms"), (4, 3, 4, 4, 2), rows)
    if found.qualified:
        yield heading("Earlier undisputed charges of the same card")
        priors = [[one.id, moment(one.at), money(one.amount_cents, one.currency)] for one in found.priors]
        yield data_table(("Charge", "Paid", "Amount"), (5, 4, 3), priors, right=1)
        yield paragraph(f"Shared by all three purchases: {', '.join(_ELEMENTS[name] for name in found.shared)}.")
    yield heading("Sign-ins and acts in the portal")
    rows = [[moment(v.at), v.event, v.address or "–", v.person_id] for v in facts.visits[:MOST_VISITS]]
    yield data_table(("Time", "What", "Address", "Person"), (4, 5, 3, 6), rows)


_SETTERS: Mapping[str, Callable[[Facts, Eligibility], Iterator[Flowable]]] = {
    "cancellation_policy": lambda facts, found: _policy(facts, facts.terms.cancellation),
    "customer_communication": _mails,
    "duplicate_charge_documentation": _both_invoices,
    "receipt": _receipt,
    "refund_policy": lambda facts, found: _policy(facts, facts.terms.refund),
    "service_documentation": _usage,
    "uncategorized_file": _identity,
}
