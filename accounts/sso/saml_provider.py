"""What is pinned of a SAML identity provider, and what we are to it."""

import base64
import binascii
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.sso import xml
from accounts.sso.models import Connection
from tenants import outgoing

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
LEAST_RSA = 2048
_MOST_CERTIFICATES = 5
_MOST_PROVIDERS = 1


def acs_url(connection: Connection) -> str:
    """Return where the provider posts its answers."""
    return settings.BASE_URL + reverse("sso_acs", args=[connection.provider_id])


def entity_id(connection: Connection) -> str:
    """Return our name to this provider: the address of our metadata, different for every connection."""
    return settings.BASE_URL + reverse("sso_metadata", args=[connection.provider_id])


def document_at(address: str) -> bytes:
    """Return the metadata at an address; raises `ValidationError` on ``address``."""
    try:
        answer = outgoing.ask(address.strip(), largest=xml.LARGEST)
    except outgoing.Refused as error:
        raise ValidationError({"address": str(error)}) from error
    if answer.status != 200:
        raise ValidationError({"address": f"The address answered {answer.status}."})
    return answer.body


def from_document(document: bytes, field: str = "document") -> dict[str, Any]:
    """Return what to pin of a provider's metadata; raises `ValidationError` on `field`."""
    try:
        root = xml.parsed(document)
    except xml.NotSound as error:
        raise ValidationError({field: str(error)}) from error
    providers = list(root.iter(f"{{{xml.MD}}}IDPSSODescriptor"))
    if len(providers) != _MOST_PROVIDERS:
        raise ValidationError({field: f"The metadata describes {len(providers)} identity providers instead of one."})
    [provider] = providers
    entity = provider.getparent()
    name = entity.get("entityID", "") if entity is not None else ""
    if not name or len(name) > 1_000:
        raise ValidationError({field: "The metadata does not say the provider's entityID."})
    return {"entity_id": name, "sso_url": _sso_url(provider, field), "certificates": _certificates(provider, field)}


def end_of(certificates: list[str]) -> datetime:
    """Return when the last of the certificates ends: until then something verifies."""
    return max(_loaded(each).not_valid_after_utc for each in certificates)


def _sso_url(provider: xml.Element, field: str) -> str:
    services = provider.findall(f"{{{xml.MD}}}SingleSignOnService")
    found = [each.get("Location", "") for each in services if each.get("Binding") == REDIRECT]
    if not found:
        raise ValidationError({field: "The provider has no sign-on address for the HTTP-Redirect binding."})
    try:
        outgoing.checked(found[0])
    except outgoing.Refused as error:
        raise ValidationError({field: f"The sign-on address: {error}"}) from error
    return str(found[0])


def _certificates(provider: xml.Element, field: str) -> list[str]:
    """Return the signing certificates in base64; one with a weak key is refused, not left out in silence."""
    listed: list[str] = []
    for descriptor in provider.findall(f"{{{xml.MD}}}KeyDescriptor"):
        if descriptor.get("use") in {None, "signing"}:
            found = descriptor.iter(f"{{{xml.DS}}}X509Certificate")
            listed += ["".join(xml.text_of(each).split()) for each in found]
    listed = list(dict.fromkeys(listed))
    if not 1 <= len(listed) <= _MOST_CERTIFICATES:
        raise ValidationError({field: f"The metadata has {len(listed)} signing certificates; 1 to 5 are accepted."})
    for each in listed:
        _check_key(each, field)
    return listed


def _check_key(certificate: str, field: str) -> None:
    try:
        key = _loaded(certificate).public_key()
    except (ValueError, binascii.Error) as error:
        raise ValidationError({field: "A signing certificate cannot be read."}) from error
    strong = isinstance(key, rsa.RSAPublicKey) and key.key_size >= LEAST_RSA
    if not strong and not (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size >= 256):
        raise ValidationError({field: f"A signing certificate has a key weaker than RSA with {LEAST_RSA} bits."})


def _loaded(certificate: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(certificate, validate=True))
