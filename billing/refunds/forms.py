"""Which charges are listed, and what is asked of who proposes a refund."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from billing.payments.models import ChargeState
from billing.refunds.models import Refund
from tenants.forms import ListFilter

CENTS = 100
_SHOWN = {
    "": Q(),
    "succeeded": Q(status=ChargeState.Status.SUCCEEDED),
    "failed": Q(status=ChargeState.Status.FAILED),
    "disputed": Q(disputed=True),
    "refunded": Q(refunded_cents__gt=0),
}
_WORDS = {"": "All", "succeeded": "Paid", "failed": "Failed", "disputed": "Disputed", "refunded": "Refunded"}


class ChargeFilter(ListFilter):
    """What the address of the page asks for."""

    shown = forms.ChoiceField(label="Show", choices=list(_WORDS.items()), required=False)
    find = forms.CharField(label="Find", max_length=100, required=False)
    find.widget.attrs["placeholder"] = "Organisation, charge, invoice or last four digits"

    def narrowed(self, rows: QuerySet[ChargeState]) -> QuerySet[ChargeState]:
        """Return the charges that are asked for."""
        if not self.is_valid():
            return rows.none()
        rows = rows.filter(_SHOWN[self.cleaned_data["shown"]])
        if text := self.cleaned_data["find"].strip():
            ids = Q(stripe_id=text) | Q(invoice_id=text) | Q(payment_intent_id=text) | Q(card_last4=text)
            rows = rows.filter(ids | Q(org__slug__iexact=text) | Q(org__name__icontains=text))
        return rows


class RefundFilter(ListFilter):
    """What the address of the page asks for."""

    state = forms.ChoiceField(
        label="State",
        choices=[("", "All"), *((state.value, str(state.label)) for state in Refund.State)],
        required=False,
    )

    def narrowed(self, rows: QuerySet[Refund]) -> QuerySet[Refund]:
        """Return the refunds that are asked for."""
        if not self.is_valid():
            return rows.none()
        state = self.cleaned_data["state"]
        return rows.filter(state=state) if state else rows


class RefundForm(forms.Form):
    """An amount in the currency's larger unit; how much of the charge is left bounds it."""

    amount = forms.DecimalField(
        label="Amount", min_value=Decimal("0.01"), max_value=Decimal(10**9), decimal_places=2, max_digits=12
    )
    reason = forms.ChoiceField(label="Reason", choices=Refund.Reason.choices)
    note = forms.CharField(
        label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="For who approves it."
    )

    def __init__(self, *args: Any, left_cents: int, currency: str, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["amount"].initial = Decimal(left_cents) / CENTS
        self.fields["amount"].help_text = f"In {currency.upper()}; at most {left_cents / CENTS:,.2f}."

    @property
    def amount_cents(self) -> int:
        """Return the amount in cents; it has two decimal places at most."""
        return int(self.cleaned_data["amount"] * CENTS)
