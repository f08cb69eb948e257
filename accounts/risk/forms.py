"""The forms of alerts. They shape the input; the verbs judge it."""

from django import forms

from accounts.risk.alerts import TITLES
from accounts.risk.models import Alert
from accounts.risk.rules import Severity
from tenants.forms import ListFilter

MOST_TEXT = 3_000


class AlertFilter(ListFilter):
    """What the inbox is narrowed to."""

    state = forms.ChoiceField(choices=[("", "Any state"), *Alert.State.choices], required=False)
    rule = forms.ChoiceField(
        choices=[("", "Any rule"), *((rule.value, title) for rule, title in TITLES.items())], required=False
    )
    severity = forms.ChoiceField(
        choices=[("", "Any severity"), *((each.value, each.value.capitalize()) for each in Severity)], required=False
    )


OF_PERSON = [
    (Alert.State.HARMLESS.value, "It was them: let them go on"),
    (Alert.State.HOSTILE.value, "It was not them: sign them out everywhere, keep their keys to reading"),
]
OF_APPLICATION = [
    (Alert.State.HARMLESS.value, "The application is fine: let it ask again"),
    (Alert.State.HOSTILE.value, "It is not: suspend it"),
]


class AlertDecisionForm(forms.Form):
    """What an officer makes of an alert about a person, or about the application of `client_id`."""

    state = forms.ChoiceField(label="What was it?")
    note = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}), required=False)

    def __init__(self, *args: object, client_id: str = "", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever forms take
        self.fields["state"].choices = OF_APPLICATION if client_id else OF_PERSON  # type: ignore[attr-defined]  # a ChoiceField has them


class RiskSettingsForm(forms.Form):
    trusted_networks = forms.CharField(
        max_length=MOST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "code", "spellcheck": "false"}),
        help_text="One network a line, such as 203.0.113.0/24: offices and VPN exits, whose places say nothing.",
    )
    step_up_from = forms.ChoiceField(
        label="Ask for a passkey",
        choices=[
            (Severity.HIGH.value, "At high alerts"),
            (Severity.MEDIUM.value, "At every alert"),
        ],
    )
