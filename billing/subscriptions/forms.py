"""What a browser says of an order: which offer it takes, and that its terms are accepted. Nothing of its price."""

from typing import Any

from django import forms

from billing.subscriptions.offers import Offer


class OrderForm(forms.Form):
    """`offer` is the page's own, signed."""

    offer = forms.CharField(max_length=500, widget=forms.HiddenInput, error_messages={"required": "Look at it again."})
    accept = forms.BooleanField(
        label="I accept the terms of service, the cancellation policy and the refund policy.",
        error_messages={"required": "Accept the terms to go on."},
    )

    def __init__(self, data: Any, offer: Offer, accepts: bool) -> None:  # noqa: ANN401 (as Django has it)
        super().__init__(data, initial={"offer": offer.sealed()})
        if not accepts:
            del self.fields["accept"]
