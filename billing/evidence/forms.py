"""The form in which somebody asks for a pack, and adds what only people know."""

from django import forms
from django.utils import timezone

from billing.evidence.facts import Said
from billing.evidence.preparing import LONGEST_STATEMENT
from billing.payments.models import ChargeState


class PackForm(forms.Form):
    """What the preparer adds; all of it may stay empty."""

    statement = forms.CharField(
        label="Statement",
        required=False,
        max_length=LONGEST_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Stands before what is known from the records. Names of other people are taken out.",
    )
    cancelled_on = forms.DateField(
        label="Cancelled on, as they say",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="For “subscription cancelled”: use after this day is shown.",
    )
    duplicate_of = forms.ChoiceField(
        label="The other charge",
        required=False,
        help_text="For “duplicate”: the charge that this one is said to repeat.",
    )

    def __init__(self, *args: object, disputed: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        charges = ChargeState.objects.filter(status=ChargeState.Status.SUCCEEDED).exclude(stripe_id=disputed)
        offered = [(one.stripe_id, f"{one.stripe_id}, {one.created_at:%Y-%m-%d}") for one in charges[:100]]
        self.fields["duplicate_of"].choices = [("", "None"), *offered]  # type: ignore[attr-defined]  # a ChoiceField

    def clean_cancelled_on(self) -> object:
        day = self.cleaned_data["cancelled_on"]
        if day and day > timezone.now().date():
            raise forms.ValidationError("This day is yet to come.")
        return day

    def said(self) -> Said:
        """Return what a valid form says."""
        data = self.cleaned_data
        return Said(data["statement"], data["cancelled_on"], data["duplicate_of"])
