"""The forms of service identities. They shape the input; the verbs judge it."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django import forms
from django.utils import timezone

from accounts.models import ApiKey
from accounts.workloads.compact import ALGORITHMS
from accounts.workloads.federation import LONGEST as LONGEST_TOKEN
from accounts.workloads.identities import ServiceRequest
from accounts.workloads.issuers import IssuerRequest
from accounts.workloads.models import Preset
from accounts.workloads.public_keys import LONGEST as LONGEST_KEY
from tenants.models import Membership
from tenants.permissions import Permission

LIFETIMES = [("90", "90 days"), ("180", "180 days"), ("365", "One year"), ("", "Until it is revoked")]
FORMER = [
    ("", "Leave them as they are"),
    ("0", "Stop them at once"),
    ("1", "Let them run out in 1 hour"),
    ("24", "Let them run out in 24 hours"),
    ("168", "Let them run out in 7 days"),
]


class ServiceForm(forms.Form):
    """A new or changed service identity. The scopes offered are those the person's own role covers."""

    name = forms.CharField(max_length=80, help_text="The program it stands for, such as “invoice worker”.")
    owner = forms.ChoiceField(help_text="The member who answers for it. It can never do more than they may.")
    environment = forms.ChoiceField(choices=ApiKey.Environment.choices, initial="test", widget=forms.RadioSelect)
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, required=False)
    requests_per_minute = forms.IntegerField(min_value=1, max_value=100_000, initial=600)
    dpop_only = forms.BooleanField(
        label="Only tokens that are bound to a key (DPoP)",
        required=False,
        help_text="Each call then carries a proof by that key; tokens without one are refused from now on.",
    )

    def __init__(
        self, *args: object, scopes: Iterable[Permission], owners: Iterable[Membership], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever forms take
        self.fields["scopes"].choices = [(scope.value, scope.sentence) for scope in scopes]  # type: ignore[attr-defined]
        self.fields["scopes"].initial = [Permission.GUARD_CHECK.value]
        offered = [(str(each.user_id), f"{each.user} ({each.role})") for each in owners]
        self.fields["owner"].choices = offered  # type: ignore[attr-defined]  # a ChoiceField has them

    def request(self) -> ServiceRequest:
        """Return what the verbs take; the form must be valid."""
        values = self.cleaned_data
        return ServiceRequest(
            name=values["name"],
            scopes=values["scopes"],
            owner_id=uuid.UUID(values["owner"]),
            environment=values["environment"],
            requests_per_minute=values["requests_per_minute"],
            dpop_only=values["dpop_only"],
        )


class OwnerForm(forms.Form):
    """Who answers for a service from now on."""

    owner = forms.ChoiceField(label="New owner")

    def __init__(self, *args: object, owners: Iterable[Membership], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever forms take
        self.fields["owner"].choices = [(str(each.user_id), f"{each.user} ({each.role})") for each in owners]  # type: ignore[attr-defined]


class KeyForm(forms.Form):
    """A key of a service: made here where no public key is given."""

    public_key = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 7, "spellcheck": "false", "class": "code"}),
        required=False,
        max_length=LONGEST_KEY,
        help_text="A JWK or PEM: P-256 (ES256), Ed25519 (EdDSA) or RSA from 2048 bits (RS256). Leave it empty to have "
        "a P-256 key made here; its private half is shown once.",
    )
    lifetime = forms.ChoiceField(choices=LIFETIMES, initial="180", required=False, label="It works for")
    former = forms.ChoiceField(choices=FORMER, required=False, label="The service's other keys")

    def expires_at(self) -> datetime | None:
        """Return when the key ends; the form must be valid."""
        days = self.cleaned_data["lifetime"]
        return timezone.now() + timedelta(days=int(days)) if days else None

    def overlap(self) -> timedelta | None:
        """Return how long the other keys go on; `None` leaves them alone."""
        hours = self.cleaned_data["former"]
        return timedelta(hours=int(hours)) if hours else None


class IssuerForm(forms.Form):
    """An issuer of which certain tokens stand for the service."""

    preset = forms.ChoiceField(choices=Preset.choices, widget=forms.HiddenInput)
    name = forms.CharField(max_length=80, help_text="What it lets in, such as “releases of the web shop”.")
    issuer = forms.CharField(max_length=400, help_text="Exactly as its tokens say it in iss.")
    jwks_url = forms.CharField(max_length=400, label="Address of its keys", help_text="Its jwks_uri; asked by https.")
    audience = forms.CharField(max_length=400, help_text="What the token must say in aud. Ask the issuer for this one.")
    subject = forms.CharField(
        max_length=400,
        help_text="What the token must say in sub. A * at the very end, after : or /, stands for the rest.",
    )
    algorithms = forms.MultipleChoiceField(
        choices=[(name, name) for name in ALGORITHMS], initial=["RS256"], widget=forms.CheckboxSelectMultiple
    )
    claims = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        required=False,
        max_length=4_000,
        label="Further conditions",
        help_text="One a line: claim = value, compared exactly. A claim inside another is a path, such as "
        "/kubernetes.io/namespace.",
    )

    def clean_claims(self) -> dict[str, str]:
        """Return the conditions by claim."""
        found: dict[str, str] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["claims"].splitlines())):
            name, equals, value = (part.strip() for part in line.partition("="))
            if not equals or not name or not value or name in found:
                raise forms.ValidationError("Write each condition once, on a line of its own, as claim = value.")
            found[name] = value
        return found

    def request(self) -> IssuerRequest:
        """Return what the verb takes; the form must be valid."""
        return IssuerRequest(**self.cleaned_data)


class TryForm(forms.Form):
    """A token to look at. It is used for nothing else and kept nowhere."""

    token = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "code", "autocomplete": "off"}),
        max_length=LONGEST_TOKEN,
        label="Token of the issuer",
        help_text="It is checked and shown, not exchanged, and not kept.",
    )
