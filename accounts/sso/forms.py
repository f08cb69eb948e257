"""The forms of single sign-on. They shape the input; the verbs judge it."""

from django import forms

from accounts.sso.models import Connection
from accounts.sso.roles import MAPPABLE

_DOCUMENT = 200_000  # characters


class DomainForm(forms.Form):
    name = forms.CharField(max_length=253, label="Domain", help_text="The part after the @, such as acme.example.")


class ConnectionForm(forms.Form):
    """The first step: which protocol, and what people read on the button."""

    kind = forms.ChoiceField(
        choices=Connection.Kind.choices, initial="oidc", widget=forms.RadioSelect, label="Protocol"
    )
    name = forms.CharField(max_length=60, label="Name", help_text="What your people read, such as “Acme Okta”.")


class _MetadataForm(forms.Form):
    """An address to read from, or the document itself; the address wins where both are given."""

    address = forms.CharField(max_length=1_000, required=False)
    document = forms.CharField(
        max_length=_DOCUMENT, required=False, widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"})
    )

    def clean(self) -> None:
        values = self.cleaned_data
        if not values.get("address") and not values.get("document") and not self.errors:
            self.add_error("address", "Give the address, or paste the document below.")


class OidcForm(_MetadataForm):
    """What we need of an OpenID provider."""

    client_id = forms.CharField(max_length=200, label="Client ID")
    client_secret = forms.CharField(
        max_length=400,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept sealed. The provider shows it once, when you make the application.",
    )
    scope = forms.RegexField(
        r"^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$",
        max_length=200,
        initial="openid email profile",
        help_text="Some providers send groups only where “groups” is asked for too.",
    )

    def __init__(self, *args: object, has_secret: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever forms take
        if has_secret:
            self.fields["client_secret"].help_text = "Leave it empty to keep the one that is stored, sealed."
        self.fields["client_secret"].required = not has_secret
        self.fields["address"].label = "Issuer address"
        self.fields["address"].help_text = "Read now, and pinned: later changes there change nothing here."
        self.fields["document"].label = "Or the discovery document"
        self.order_fields(["address", "document", "client_id", "client_secret", "scope"])

    def clean(self) -> None:
        super().clean()
        if "openid" not in self.cleaned_data.get("scope", "openid").split():
            self.add_error("scope", "Without “openid” a provider says nothing of the person.")


class SamlForm(_MetadataForm):
    """What we need of a SAML identity provider."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever forms take
        self.fields["address"].label = "Metadata address"
        self.fields["address"].help_text = "Read now, and pinned: later changes there change nothing here."
        self.fields["document"].label = "Or the metadata itself"


class RolesForm(forms.Form):
    """Which group has which role; `preview` is groups to try it with."""

    groups_claim = forms.CharField(
        max_length=200,
        label="Where the groups are",
        help_text="The claim (OpenID) or attribute (SAML) that lists them.",
    )
    role_map = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        label="Groups and roles",
        help_text="One a line: the group as the provider sends it, an equals sign, a role. The widest role counts.",
    )
    default_role = forms.ChoiceField(required=False, label="People in none of these groups")
    preview = forms.CharField(
        required=False,
        max_length=2_000,
        label="Try it",
        help_text="Groups, separated by commas: the role they give is shown, and nothing is saved.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever forms take
        offered = [("", "May not sign in"), *((role.value, f"Become {role.value}") for role in MAPPABLE)]
        self.fields["default_role"].choices = offered  # type: ignore[attr-defined]  # a ChoiceField has them


class DiscoveryForm(forms.Form):
    email = forms.EmailField(label="Work e-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
