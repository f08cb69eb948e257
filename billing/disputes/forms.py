"""The forms of the desk's pages about disputes."""

from django import forms

from billing.disputes.models import Proposal
from billing.disputes.states import CaseType
from tenants.forms import ListFilter

STANDS = [("open", "To be answered"), ("sent", "With the bank"), ("over", "Over"), ("", "All")]


class DisputeFilter(ListFilter):
    """Which cases the board shows; without a choice those of every state."""

    stands = forms.ChoiceField(choices=STANDS, required=False, label="Stands")
    case_type = forms.ChoiceField(choices=[("", "Any"), *CaseType.choices], required=False, label="Kind")
    reason = forms.CharField(max_length=40, required=False, label="Reason")
    frozen = forms.ChoiceField(choices=[("", "Any"), ("yes", "Frozen"), ("no", "Not frozen")], required=False)


class ProposalForm(forms.Form):
    """What one of the desk proposes, and why."""

    kind = forms.ChoiceField(choices=Proposal.Kind.choices, widget=forms.HiddenInput)
    why = forms.CharField(max_length=300, label="Why", widget=forms.Textarea(attrs={"rows": 3}))
