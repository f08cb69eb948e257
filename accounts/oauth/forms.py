"""The form of a new application. It shapes the input; the verb judges it."""

from django import forms

from accounts.oauth.models import Application
from accounts.oauth.registration import LONGEST_JWKS, ApplicationRequest
from accounts.oauth.scopes import EVERY
from tenants.permissions import Permission

TYPES = [
    (Application.CLIENT_PUBLIC, "Public: runs on people's own devices or in their browsers, and keeps no key"),
    (Application.CLIENT_CONFIDENTIAL, "Confidential: runs on a server of yours, and signs with a private key"),
]


class ApplicationForm(forms.Form):
    """A new application."""

    name = forms.CharField(max_length=80, help_text="People read it when they are asked for access.")
    homepage = forms.CharField(max_length=400, required=False, help_text="Shown beside the name: an https address.")
    client_type = forms.ChoiceField(
        label="Kind", choices=TYPES, initial=Application.CLIENT_PUBLIC, widget=forms.RadioSelect
    )
    redirect_uris = forms.CharField(
        label="Redirect URIs",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        max_length=8_000,
        help_text="One a line, compared character by character. For a command line: http://127.0.0.1/callback.",
    )
    scopes = forms.MultipleChoiceField(
        label="May ask people to let it",
        widget=forms.CheckboxSelectMultiple,
        choices=list(EVERY.items()),
        initial=["openid", Permission.ME_READ.value, Permission.DECISIONS_READ.value],
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
        values = self.cleaned_data
        return ApplicationRequest(
            name=values["name"],
            homepage=values["homepage"],
            client_type=values["client_type"],
            redirect_uris=values["redirect_uris"].split(),
            scopes=values["scopes"],
            jwks=values["jwks"],
        )
