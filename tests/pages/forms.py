"""Forms with the fields that the templates ask of the views, for drawing pages."""

from django import forms

from audit.reasons import Reason
from tenants.permissions import KEY_SCOPES, Permission, Role

ACTIONS = [
    ("", "Any"),
    *((name, name.capitalize()) for name in ("allow", "flag", "redact", "quarantine", "block", "deny")),
]


def _date(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class KeyForm(forms.Form):
    name = forms.CharField(help_text="The application that will use it.", max_length=80)
    environment = forms.ChoiceField(
        choices=[("test", "Test"), ("live", "Live")], widget=forms.RadioSelect, initial="test"
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, scope.sentence) for scope in sorted(KEY_SCOPES)], widget=forms.CheckboxSelectMultiple
    )
    lifetime = forms.ChoiceField(choices=[("90", "90 days"), ("365", "A year")])
    requests_per_minute = forms.IntegerField(initial=600)
    allowed_addresses = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="One a line; none means any."
    )


class RotateForm(forms.Form):
    overlap = forms.ChoiceField(
        label="The present secret keeps working for", choices=[("24", "24 hours"), ("0", "no time")]
    )


class PlaygroundForm(forms.Form):
    text = forms.CharField(widget=forms.Textarea)
    shadow = forms.BooleanField(required=False)


class DecisionFilters(forms.Form):
    action = forms.ChoiceField(choices=ACTIONS, required=False)
    reason = forms.ChoiceField(choices=[("", "Any"), *((r.value, r.value) for r in Reason)], required=False)
    principal = forms.CharField(label="Who", required=False)
    since = _date("From")
    until = _date("To")


class EventFilters(forms.Form):
    event = forms.ChoiceField(choices=[("", "Any")], required=False)
    actor = forms.CharField(label="Who", required=False)
    since = _date("From")
    until = _date("To")


class ReportForm(forms.Form):
    expected_action = forms.ChoiceField(choices=ACTIONS[1:6])
    comment = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(choices=[(role.value, role.value.capitalize()) for role in Role])


class NameForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="People see it in the switcher and in invitations.")


class AccessForm(forms.Form):
    permission = forms.ChoiceField(label="May I …?", choices=[(p.value, p.sentence) for p in Permission])
