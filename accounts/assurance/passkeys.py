"""What is checked of a passkey beyond allauth: the exact origin, one use of each challenge, the counter, whose it is.

The forms stand in for allauth's (``MFA_FORMS``). They raise `ValidationError` without saying which check failed.
Sources: Web Authentication Level 3, sections 7.1 and 7.2; NIST SP 800-63B-4, 3.2.5.
"""

import hashlib
from typing import Any, TypeVar
from urllib.parse import urlsplit

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from fido2.cose import CoseKey
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticationResponse, CollectedClientData, RegistrationResponse

from accounts.signals import record_of_person
from audit.events import Event

CHALLENGE_LIFE = 600
Answer = TypeVar("Answer", AuthenticationResponse, RegistrationResponse)


class _Asserted:
    """Checks an assertion around allauth's own check of challenge, RP id, flags and signature."""

    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Authenticator:
        answer = _parsed(AuthenticationResponse, self.cleaned_data["credential"])
        _check_origin(answer.response.client_data)
        authenticator: Authenticator = super().clean_credential()  # type: ignore[misc]  # of the form beside it
        _spend(answer.response.client_data.challenge)
        _count_up(authenticator, answer.response.authenticator_data.counter)
        return authenticator


class AuthenticateForm(_Asserted, AuthenticateWebAuthnForm):  # type: ignore[misc]  # the base comes without types
    """The second step of signing in."""


class ReauthenticateForm(_Asserted, ReauthenticateWebAuthnForm):  # type: ignore[misc]  # the base comes without types
    """Confirming an act."""


class LoginForm(_Asserted, LoginWebAuthnForm):  # type: ignore[misc]  # the base comes without types
    """Signing in by the passkey alone."""


class AddForm(AddWebAuthnForm):  # type: ignore[misc]  # the base comes without types
    """Enrolling a passkey."""

    def clean_credential(self) -> dict[str, Any]:
        credential: dict[str, Any] = self.cleaned_data["credential"]
        answer = _parsed(RegistrationResponse, credential)
        _check_origin(answer.response.client_data)
        _check_new(credential, answer.response.attestation_object.auth_data.credential_data)
        _spend(answer.response.client_data.challenge)
        return credential


def _refused() -> ValidationError:
    error: ValidationError = get_adapter().validation_error("incorrect_code")
    return error


def _parsed(kind: type[Answer], credential: object) -> Answer:
    """Return the browser's answer; what is not one fails in as many ways as its decoders have."""
    try:
        answer: Answer = kind.from_dict(credential)  # type: ignore[call-overload]  # that it is a mapping is tried here
    except Exception as error:  # decoders of CBOR, JSON and base64 fail each in its own way
        raise _refused() from error
    return answer


def _check_origin(client_data: CollectedClientData) -> None:
    """Raise unless the passkey was used on this very site, and in its own window."""
    site = urlsplit(settings.BASE_URL)
    if client_data.origin != f"{site.scheme}://{site.netloc}" or client_data.cross_origin:
        raise _refused()


def _check_new(credential: dict[str, Any], made: AttestedCredentialData | None) -> None:
    """Raise unless the key is of an algorithm that was offered and its id is that of no passkey there is."""
    if made is None or made.public_key.get(3) not in CoseKey.supported_algorithms():
        raise _refused()
    name = websafe_encode(made.credential_id)
    if {credential.get("id"), credential.get("rawId")} != {name}:
        raise _refused()
    if Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN, data__credential__id=name).exists():
        raise _refused()


def _spend(challenge: bytes) -> None:
    """Raise if the challenge was answered before, also by a request that runs at the same time."""
    if not cache.add(f"webauthn:{hashlib.sha256(challenge).hexdigest()}", 1, timeout=CHALLENGE_LIFE):
        raise _refused()


def _count_up(authenticator: Authenticator, counter: int) -> None:
    """Remember the authenticator's counter; one that did not grow is a copy's. Synced passkeys always count 0."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        known = row.data.get("sign_count", row.wrap().authenticator_data.counter)
        if counter > known:
            row.data["sign_count"] = counter
            row.save(update_fields=["data"])
    if counter <= known and (counter or known):
        record_of_person(Event.PASSKEY_COPIED, context.request, authenticator.user, factor=str(authenticator))
        raise _refused()
