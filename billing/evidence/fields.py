"""The evidence fields of a Stripe dispute, their bounds, and which of them answer which reason, the strongest first.

Names and bounds: `stripe` 15.6.2, ``params/_dispute_modify_params.py``. Bounds of files are narrower than Stripe's
(5 MB each, less than 50 pages): networks take less, Mastercard 19 pages of all files together.
"""

from collections.abc import Mapping
from typing import Final

LONGEST: Final = 20_000
"""Characters of one text."""
LONGEST_TOGETHER: Final = 150_000
"""Characters of all texts of a dispute."""
LARGEST_FILE: Final = 1_500_000
"""Bytes of one file, and of all together:"""
LARGEST_TOGETHER: Final = 4_000_000
MOST_PAGES: Final = 19
MOST_CALLS: Final = 400
"""Rows of the table of calls."""

ENHANCED: Final = "enhanced_evidence"
FILES: Final = (
    "cancellation_policy",
    "customer_communication",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "uncategorized_file",
)
"""File fields that are filled from our records; ``customer_signature`` and ``shipping_documentation`` never are."""
LABELS: Final[Mapping[str, str]] = {
    ENHANCED: "Visa Compelling Evidence 3.0",
    "access_activity_log": "Activity log",
    "cancellation_policy": "Cancellation policy",
    "cancellation_policy_disclosure": "How the cancellation policy was shown",
    "cancellation_rebuttal": "Why the subscription was not cancelled",
    "customer_communication": "Mails to the customer",
    "customer_email_address": "E-mail address",
    "customer_name": "Customer",
    "customer_purchase_ip": "IP address of the purchase",
    "duplicate_charge_documentation": "Both invoices",
    "duplicate_charge_explanation": "Why the charges differ",
    "duplicate_charge_id": "The other charge",
    "product_description": "Product",
    "receipt": "Receipt",
    "refund_policy": "Refund policy",
    "refund_policy_disclosure": "How the refund policy was shown",
    "refund_refusal_explanation": "Why no refund is due",
    "service_date": "Date of service",
    "service_documentation": "Usage report",
    "uncategorized_file": "Identity and sign-ins",
    "uncategorized_text": "Statement",
}
_ALWAYS = ("product_description", "service_date", "customer_name", "customer_email_address", "uncategorized_text")
_FRAUD = (
    ENHANCED,
    "access_activity_log",
    "customer_purchase_ip",
    "uncategorized_file",
    "service_documentation",
    "receipt",
    "customer_communication",
)
_REFUND = ("refund_policy", "refund_policy_disclosure", "refund_refusal_explanation")
_GENERAL = ("service_documentation", "access_activity_log", "customer_communication", *_REFUND, "receipt")
_BY_REASON: Final[Mapping[str, tuple[str, ...]]] = {
    "fraudulent": _FRAUD,
    "unrecognized": _FRAUD,
    "subscription_canceled": (
        "cancellation_policy",
        "cancellation_policy_disclosure",
        "cancellation_rebuttal",
        "access_activity_log",
        "service_documentation",
        "receipt",
        "customer_communication",
    ),
    "product_not_received": ("service_documentation", "access_activity_log", "receipt", "customer_purchase_ip"),
    "credit_not_processed": (*_REFUND, "receipt", "access_activity_log", "customer_communication"),
    "duplicate": (
        "duplicate_charge_id",
        "duplicate_charge_explanation",
        "duplicate_charge_documentation",
        "receipt",
        "access_activity_log",
    ),
}


def wanted(reason: str) -> tuple[str, ...]:
    """Return the fields that answer `reason`, strongest first; one without a row of its own gets the general ones."""
    return (*_BY_REASON.get(reason, _GENERAL), *_ALWAYS)
