"""The forms of the playground and of decisions."""

from django import forms

from audit.reasons import Reason
from promptguard.policy import Action
from tenants.forms import ListFilter

LONGEST_TRIAL = 20_000
ACTIONS = [(action.value, action.value.capitalize()) for action in Action]


class PlaygroundForm(forms.Form):
    # Not `max_length`: a browser would cut what is pasted to it without a word, and the rest would seem to be clean.
    text = forms.CharField(
        widget=forms.Textarea,
        strip=False,
        error_messages={"required": "Enter a text to check."},
        help_text="Example keys from vendors' documentation pass: they open nothing. Try one that looks real.",
    )
    shadow = forms.BooleanField(required=False)

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not text.strip():
            raise forms.ValidationError("Enter a text to check.")
        if len(text) > LONGEST_TRIAL:
            said = f"The text has {len(text):,} characters. At most {LONGEST_TRIAL:,} are checked here"
            raise forms.ValidationError(f"{said}; the API takes more.")
        return text


class DecisionFilter(ListFilter):
    """What the list of decisions is narrowed to."""

    about = forms.ChoiceField(
        choices=[("", "Guard checks"), ("everything", "Everything, page views too")], required=False, label="What"
    )
    action = forms.ChoiceField(choices=[("", "Any action"), *ACTIONS, ("deny", "Deny")], required=False)
    reason = forms.ChoiceField(
        choices=[("", "Any reason"), *((reason.value, reason.value) for reason in Reason)], required=False
    )
    principal = forms.CharField(max_length=40, required=False, label="Key or person (id)")
    since = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False)
    until = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False)


class ReportForm(forms.Form):
    expected_action = forms.ChoiceField(choices=ACTIONS, label="It should have been")
    comment = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}), required=False)
