"""The forms of webhook endpoints. They shape the input; the verbs judge it."""

from django import forms

from tenants.webhooks.endpoints import EndpointRequest
from tenants.webhooks.kinds import OFFERED
from tenants.webhooks.models import LONGEST_DESCRIPTION

OVERLAPS = [("24", "24 hours"), ("1", "1 hour"), ("72", "3 days"), ("168", "7 days"), ("0", "None: stop at once")]


class EndpointForm(forms.Form):
    """Where to post what."""

    url = forms.CharField(
        label="Address",
        max_length=1_000,
        widget=forms.URLInput(attrs={"placeholder": "https://hooks.example.com/tidegate", "spellcheck": "false"}),
        help_text="It starts with https:// and is reachable from the internet. Redirects are not followed.",
    )
    description = forms.CharField(max_length=LONGEST_DESCRIPTION, required=False, help_text="What listens there.")
    events = forms.MultipleChoiceField(
        choices=[(kind.value, f"{kind.sentence} ({kind.value})") for kind in OFFERED],
        widget=forms.CheckboxSelectMultiple,
    )

    def request(self) -> EndpointRequest:
        """Return what the verb takes; the form must be valid."""
        return EndpointRequest(**self.cleaned_data)


class RollForm(forms.Form):
    """How long the former secret goes on signing."""

    overlap = forms.ChoiceField(choices=OVERLAPS, initial="24", label="The present secret signs for another")
