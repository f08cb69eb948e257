"""The forms of applications. They shape the input; the verbs judge it."""

from typing import Any

from django import forms

from accounts.oauth.models import Application
from accounts.oauth.registration import LONGEST_JWKS, ApplicationDetails, ApplicationRequest
from accounts.oauth.scopes import EVERY
from tenants.permissions import Permission

TYPES = [
    (Application.CLIENT_PUBLIC, "Public: runs on people's own devices or in their browsers, and keeps no key"),
    (Application.CLIENT_CONFIDENTIAL, "Confidential: runs on a server of yours, and signs with a private key"),
]


class ApplicationForm(forms.Form):
    """What can be asked of an application at any time."""

    name = forms.CharField(max_length=80, help_text="People read it when they are asked for access.")
    homepage = forms.CharField(max_length=400, required=False, help_text="Shown beside the name: an https address.")
    redirect_uris = forms.CharField(
        label="Redirect URIs",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        max_length=8_000,
        help_text="One a line, compared character by character. For a command line: http://127.0.0.1/callback; for an "
        "app on a phone, if it is public: com.example.app:/callback.",
    )
    scopes = forms.MultipleChoiceField(
        label="May ask people to let it",
        widget=forms.CheckboxSelectMultiple,
        choices=list(EVERY.items()),
        initial=["openid", Permission.ME_READ.value, Permission.DECISIONS_READ.value],
    )
    dpop_only = forms.BooleanField(
        label="Only tokens that are bound to a key (DPoP)",
        required=False,
        help_text="Each call then carries a proof by that key; tokens without one are refused from now on.",
    )

    def details(self) -> ApplicationDetails:
        """Return what the verb takes; the form must be valid."""
        return ApplicationDetails(**self._details())

    def _details(self) -> dict[str, Any]:
        names = ("name", "homepage", "scopes", "dpop_only")
        values = {name: self.cleaned_data[name] for name in names}
        return values | {"redirect_uris": self.cleaned_data["redirect_uris"].split()}


class NewApplicationForm(ApplicationForm):
    """A new application: also what it is for good."""

    field_order = ("name", "homepage", "client_type")
    client_type = forms.ChoiceField(
        label="Kind", choices=TYPES, initial=Application.CLIENT_PUBLIC, widget=forms.RadioSelect
    )
    jwks = forms.CharField(
        label="Public keys (JWK Set)",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        max_length=LONGEST_JWKS,
        required=False,
        help_text="For a confidential application: the public half of each key it signs with.",
    )

    def request(self) -> ApplicationRequest:
        """Return what the verb takes; the form must be valid."""
        own = {name: self.cleaned_data[name] for name in ("client_type", "jwks")}
        return ApplicationRequest(**self._details(), **own)
