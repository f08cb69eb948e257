"""The forms of the security policy and of resetting factors. They shape the input; the verbs judge it."""

from datetime import UTC, datetime, time

from django import forms

from accounts.assurance.models import SecurityPolicy
from accounts.assurance.policy import Wanted

_IDLE = [("", "No limit of ours"), ("15", "15 minutes"), ("60", "1 hour"), ("480", "8 hours"), ("1440", "1 day")]
_LIFETIME = [("", "7 days, as everywhere"), ("8", "8 hours"), ("12", "12 hours"), ("24", "1 day"), ("72", "3 days")]


class PolicyForm(forms.Form):
    require_factor = forms.BooleanField(
        label="Ask every member for a second factor",
        help_text="A passkey or an authenticator app. Who has none when their days are over can only add one.",
        required=False,
    )
    grace_days = forms.IntegerField(
        label="Days to add one",
        help_text="From switching this on, or from joining. 0 asks at once.",
        widget=forms.NumberInput(attrs={"min": 0, "max": 60}),
    )
    excused_until = forms.DateField(
        label="Excuse roles from their passkey until",
        help_text="Owners, admins, security and finance need a passkey. Until this day, those without one may go on.",
        widget=forms.DateInput(attrs={"type": "date"}),
        required=False,
    )
    idle_minutes = forms.TypedChoiceField(
        label="Sign out after doing nothing for", choices=_IDLE, coerce=int, empty_value=None, required=False
    )
    lifetime_hours = forms.TypedChoiceField(
        label="Sign in again after", choices=_LIFETIME, coerce=int, empty_value=None, required=False
    )

    def wanted(self) -> Wanted:
        """Return what the valid form asks for; a day ends at midnight, UTC."""
        said = dict(self.cleaned_data)
        if said["excused_until"]:
            said["excused_until"] = datetime.combine(said["excused_until"], time.max, UTC)
        return Wanted(**said)


class BreakGlassForm(forms.Form):
    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        max_length=200, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    code = forms.CharField(
        label="Emergency code", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off", "class": "code"})
    )


def policy_form(policy: SecurityPolicy) -> PolicyForm:
    """Return the form that says what the policy says now; values chosen elsewhere keep a choice of their own."""
    initial = {
        "require_factor": policy.require_factor,
        "grace_days": policy.grace_days,
        "excused_until": policy.excused_until.date() if policy.excused_until and policy.excuses else None,
        "idle_minutes": policy.idle_minutes or "",
        "lifetime_hours": policy.lifetime_hours or "",
    }
    return PolicyForm(initial=initial)
