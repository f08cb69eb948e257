"""The forms of keys. They shape the input; the verbs judge it."""

from collections.abc import Iterable
from datetime import timedelta

from django import forms
from django.utils import timezone

from accounts.models import ApiKey
from accounts.services.keys import KeyRequest
from tenants.permissions import Permission

LIFETIMES = [("30", "30 days"), ("90", "90 days"), ("365", "One year"), ("", "Until it is revoked")]
OVERLAPS = [("1", "1 hour"), ("24", "24 hours"), ("72", "3 days"), ("168", "7 days"), ("0", "None: stop at once")]


class KeyForm(forms.Form):
    """A new key. The scopes offered are those the person's own role covers."""

    name = forms.CharField(max_length=80, help_text="What uses it, such as “checkout assistant”.")
    environment = forms.ChoiceField(choices=ApiKey.Environment.choices, initial="test", widget=forms.RadioSelect)
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, required=False)
    lifetime = forms.ChoiceField(choices=LIFETIMES, initial="90", required=False)
    requests_per_minute = forms.IntegerField(min_value=1, max_value=100_000, initial=600)
    allowed_addresses = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=4_000,
        help_text="IP addresses or networks, one a line. Empty means any.",
    )

    def __init__(self, *args: object, scopes: Iterable[Permission], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever forms take
        offered = [(scope.value, scope.sentence) for scope in scopes]
        self.fields["scopes"].choices = offered  # type: ignore[attr-defined]  # a ChoiceField has them
        self.fields["scopes"].initial = [Permission.GUARD_CHECK.value]

    def request(self) -> KeyRequest:
        """Return what the verb takes; the form must be valid."""
        values = self.cleaned_data
        days = values["lifetime"]
        return KeyRequest(
            name=values["name"],
            scopes=values["scopes"],
            environment=values["environment"],
            expires_at=timezone.now() + timedelta(days=int(days)) if days else None,
            allowed_addresses=values["allowed_addresses"].splitlines(),
            requests_per_minute=values["requests_per_minute"],
        )


class RotateForm(forms.Form):
    """How long the former secret goes on."""

    overlap = forms.ChoiceField(choices=OVERLAPS, initial="24", label="The present secret works for another")


class PermissionForm(forms.Form):
    """The question “may I …?”."""

    permission = forms.ChoiceField(choices=[(item.value, item.sentence) for item in Permission], label="May I …")
