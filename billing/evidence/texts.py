"""The text fields of an answer, each written from the facts; an empty one says that the facts are not there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

from billing.evidence.eligibility import Eligibility
from billing.evidence.facts import Call, Charge, Checkout, Facts, Invoice, Visit
from billing.evidence.fields import LONGEST, LONGEST_TOGETHER

PRODUCT = (
    "Tidegate is an online service for companies that use AI models: their applications send each text to its API, "
    "which checks it against the company's own policy and answers at once, and keeps an audit record of every call. "
    "It is sold as a subscription, used with API keys and through a web portal, and needs no shipping."
)


def texts_of(facts: Facts, found: Eligibility, fields: Iterable[str]) -> dict[str, str]:
    """Return what can be said for `fields`, the strongest first; each in its bound, and all together in theirs."""
    said: dict[str, str] = {}
    left = LONGEST_TOGETHER
    for name in fields:
        write = _WRITERS.get(name)
        text = cut(write(facts, found), min(LONGEST, left)) if write else ""
        if text:
            said[name] = text
            left -= len(text)
    return said


def cut(text: str, most: int) -> str:
    """Return at most `most` characters of a text, in whole lines."""
    if len(text) <= most:
        return text
    kept = text[:most]
    return kept[: kept.rfind("\n")] if "\n" in kept else kept


def money(cents: int, currency: str) -> str:
    """Return an amount of a currency of two decimal places as people read it."""
    return f"{cents // 100:,}.{cents % 100:02} {currency.upper()}"


def dollars(nanos: int) -> str:
    """Return an amount of the ledger in US dollars, to the ten-thousandth below it."""
    return f"{nanos // 10**9:,}.{nanos % 10**9 // 10**5:04}"


def moment(at: datetime | None) -> str:
    """Return a time to the second, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "unknown"


def day(at: datetime | date | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "unknown"


def call_line(call: Call) -> str:
    """Return a call as one line of a log."""
    who = call.principal_kind.replace("_", " ")
    return f"{call.at:%Y-%m-%d %H:%M:%S} {call.decision_id} {who} {call.principal_id} {call.action}"


def visit_line(visit: Visit) -> str:
    return f"{visit.at:%Y-%m-%d %H:%M:%S} person {visit.person_id} from {visit.address} {visit.event}"


def served(facts: Facts) -> tuple[datetime | None, datetime | None]:
    """Return the period that the disputed charge paid for."""
    return (facts.invoice.period_start, facts.invoice.period_end) if facts.invoice else (None, None)


def _activity(facts: Facts, found: Eligibility) -> str:
    if not facts.calls and not facts.visits:
        return ""
    calls = _after_cancelling(facts, facts.calls)
    visits = facts.visits
    head = [
        f"Activity of account {facts.account.org_id} up to {moment(facts.as_of)}; all times are UTC.",
        f"API calls answered: {facts.total_calls:,} on {len(facts.days)} days. This is an extract, spread evenly over "
        "the days; the full log is in our records.",
    ]
    if facts.said.cancelled_on:
        head.append(
            f"The calls shown were made after {day(facts.said.cancelled_on)}, the day of the alleged cancellation."
        )
    people = ["", "People of the account in the web portal:", *map(visit_line, visits)] if visits else []
    made = ["", "API calls (time, decision, credential, outcome of the decision):"]
    lines = [*head, *people[:62], *made, *map(call_line, calls)]
    return "\n".join(lines)


def _after_cancelling(facts: Facts, calls: Sequence[Call]) -> list[Call]:
    since = facts.said.cancelled_on
    if facts.case.reason != "subscription_canceled" or since is None:
        return list(calls)
    return [call for call in calls if call.at.date() > since]


def _statement(facts: Facts, found: Eligibility) -> str:
    charge, parts = facts.charge, [facts.said.statement.strip()]
    if charge is not None:
        parts.append(_of_charge(facts, charge))
        if charge.three_d_secure:
            parts.append(f"Result of 3-D Secure for this payment: {charge.three_d_secure}.")
    if checkout := facts.checkout:
        parts.append(
            f"The purchase was made on {moment(checkout.at)} from {checkout.address or 'an unknown address'} by the "
            f"account's own person, who accepted version {checkout.terms_version} of our terms."
        )
    if facts.account.people:
        first = facts.account.people[0]
        opened = day(facts.account.created_at)
        parts.append(f"The account {facts.account.name} was opened on {opened} by {first.name or first.email}.")
    if found.qualified:
        parts.append(f"The prior charges {' and '.join(one.id for one in found.priors)} were paid with the same card.")
    return "\n\n".join(filter(None, parts))


def _of_charge(facts: Facts, charge: Charge) -> str:
    until = f", of which {money(charge.refunded_cents, charge.currency)} was refunded" if charge.refunded_cents else ""
    card = f"{charge.card_brand} ending in {charge.card_last4}"
    amount = money(charge.amount_cents, charge.currency)
    return f"Charge {charge.id} of {amount}{until} was paid on {moment(charge.at)} by {card}."


def _disclosure(facts: Facts, what: str, version: Callable[[Checkout], str]) -> str:
    checkout = facts.checkout
    if checkout is None or not version(checkout):
        return ""
    return (
        f"Our {what} policy, version {version(checkout)}, was accepted together with our terms of service, version "
        f"{checkout.terms_version}, on {moment(checkout.at)} from address {checkout.address or 'unknown'} by "
        f"{checkout.email}, before paying."
    )


def _rebuttal(facts: Facts, found: Eligibility) -> str:
    since = facts.said.cancelled_on
    if since is None:
        return ""
    days = [each for each in facts.days if each.day > since]
    calls = sum(each.calls for each in days)
    if not calls:
        return ""
    return (
        f"The claim says that the subscription was cancelled on {day(since)}. After that day the account made "
        f"{calls:,} calls of the API on {len(days)} days, the last on {day(days[-1].day)}."
    )


def _refusal(facts: Facts, found: Eligibility) -> str:
    start, end = served(facts)
    used = [each for each in facts.days if start and end and start.date() <= each.day <= end.date() and each.calls]
    if not used:
        return ""
    calls = sum(each.calls for each in used)
    return (
        f"The service was available and used in the period paid for ({day(start)} to {day(end)}): {calls:,} calls on "
        f"{len(used)} days. The refund policy that was accepted is attached."
    )


def _duplicate(facts: Facts, found: Eligibility) -> str:
    own, other = facts.invoice, other_invoice(facts)
    if own is None or other is None or own.period_start == other.period_start:
        return ""
    return (
        f"The two charges are for two periods. {_period(own)} is paid by {own.charge}. {_period(other)} is paid by "
        f"{other.charge}. No service was billed twice."
    )


def _period(invoice: Invoice) -> str:
    return f"Invoice {invoice.number} ({day(invoice.period_start)} to {day(invoice.period_end)})"


def other_invoice(facts: Facts) -> Invoice | None:
    """Return the invoice of the charge that the disputed one is said to repeat."""
    return next((each for each in facts.invoices if each.charge and each.charge == facts.said.duplicate_of), None)


def _service_date(facts: Facts, found: Eligibility) -> str:
    start, end = served(facts)
    return f"{day(start)} to {day(end)}" if start and end else ""


def _first_email(facts: Facts, found: Eligibility) -> str:
    if facts.checkout is not None:
        return facts.checkout.email
    return facts.account.people[0].email if facts.account.people else ""


_WRITERS: Mapping[str, Callable[[Facts, Eligibility], str]] = {
    "access_activity_log": _activity,
    "cancellation_policy_disclosure": lambda facts, found: _disclosure(
        facts, "cancellation", lambda checkout: checkout.cancellation_version
    ),
    "cancellation_rebuttal": _rebuttal,
    "customer_email_address": _first_email,
    "customer_name": lambda facts, found: facts.account.name,
    "customer_purchase_ip": lambda facts, found: facts.checkout.address if facts.checkout else "",
    "duplicate_charge_explanation": _duplicate,
    "duplicate_charge_id": lambda facts, found: facts.said.duplicate_of if other_invoice(facts) else "",
    "product_description": lambda facts, found: PRODUCT,
    "refund_policy_disclosure": lambda facts, found: _disclosure(
        facts, "refund", lambda checkout: checkout.refunds_version
    ),
    "refund_refusal_explanation": _refusal,
    "service_date": _service_date,
    "uncategorized_text": _statement,
}
