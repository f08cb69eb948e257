"""The policies as they were accepted: the versions that the last visit to pay names."""

from collections.abc import Sequence

from billing.evidence.facts import Checkout, Terms
from billing.subscriptions import legal


def terms_of(checkouts: Sequence[Checkout]) -> Terms:
    """Return the terms that were accepted last; none where nobody accepted any."""
    if not checkouts:
        return Terms("", "", "")
    last = max(checkouts, key=lambda checkout: checkout.at)
    cancellation, refund = _text("cancellation", last.cancellation_version), _text("refunds", last.refunds_version)
    return Terms(last.terms_version, cancellation, refund)


def _text(name: str, version: str) -> str:
    """Return a document with its headings as lines of their own."""
    found = legal.find(name, version)
    if found is None:
        return ""
    sections = [f"{heading}\n{' '.join(lines)}" for heading, lines in found.sections]
    return "\n\n".join([f"{found.title}, version {version}", *sections])
