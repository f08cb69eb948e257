"""SAML 2.0: what we ask, and what of an answer is believed. Only answers to what a browser of ours asked for.

`saml_scan` fixes the shape, python3-saml verifies signatures, issuer, audience and times, and what it leaves open is
closed here: destination, recipient, audience and `InResponseTo` must be there and be exactly ours.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.utils import timezone
from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request
from onelogin.saml2.metadata import OneLogin_Saml2_Metadata
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from accounts.sso import saml_scan, xml
from accounts.sso.asserted import AnswerRefused, Asserted, checked_subject, group_names
from accounts.sso.models import Connection
from accounts.sso.saml_provider import REDIRECT, acs_url, entity_id
from accounts.sso.xml import SAML, Element

POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
LONGEST = 280_000  # characters of base64
LONGEST_LIFE = timedelta(minutes=15)
_LEEWAY = timedelta(minutes=2)
_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_SUBJECTS = (
    "urn:oasis:names:tc:SAML:attribute:subject-id",
    "urn:oasis:names:tc:SAML:attribute:pairwise-id",
    "http://schemas.microsoft.com/identity/claims/objectidentifier",
)
_EMAILS = (
    f"{_CLAIMS}emailaddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "urn:oid:1.2.840.113549.1.9.1",
    "email",
    "mail",
    "emailAddress",
    "Email",
)
_NAMES = (
    "http://schemas.microsoft.com/identity/claims/displayname",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "displayName",
    "name",
)
_EMAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
_TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"


@dataclass(frozen=True, slots=True)
class Verified:
    """An answer that holds: what it says, which request it answers, and what refuses it the second time."""

    said: Asserted
    in_response_to: str
    assertion_hash: bytes
    expires_at: datetime


def begin(connection: Connection) -> tuple[str, dict[str, str]]:
    """Return the provider's address to go to, and what to keep; `state` is the request's ID. There is no RelayState."""
    request = OneLogin_Saml2_Authn_Request(_settings(connection))
    address: str = connection.pinned["sso_url"]
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{urlencode({'SAMLRequest': request.get_request()})}", {"state": request.get_id()}


def metadata(connection: Connection) -> bytes:
    """Return what a provider can be told of us as a document."""
    settings = _settings(connection, ours_alone=True)
    document = OneLogin_Saml2_Metadata.builder(
        settings.get_sp_data(), authnsign=False, wsign=True, valid_until="", cache_duration=""
    )
    return document.encode() if isinstance(document, str) else bytes(document)


def verified(connection: Connection, encoded: str) -> Verified:
    """Return what an answer says, if all of it holds; raises `AnswerRefused`."""
    if len(encoded) > LONGEST:
        raise AnswerRefused("The answer is too large.")
    try:
        document = base64.b64decode("".join(encoded.split()), validate=True)
        root = saml_scan.scanned(document)
    except (binascii.Error, xml.NotSound) as error:
        raise AnswerRefused(str(error)) from error
    in_response_to = root.get("InResponseTo") or ""
    _check_addressed(connection, root, in_response_to)
    response = _checked(connection, document, in_response_to)
    assertion = root.find(f"{{{SAML}}}Assertion")
    assert assertion is not None  # noqa: S101 (the scan found it)
    digest = hashlib.sha256(str(assertion.get("ID")).encode()).digest()
    return Verified(_asserted(connection, response), in_response_to, digest, _expiry(assertion))


def _checked(connection: Connection, document: bytes, in_response_to: str) -> Any:  # noqa: ANN401 (the library has no types)
    """Have the library verify the signatures and everything it looks at."""
    try:
        response = OneLogin_Saml2_Response(_settings(connection), base64.b64encode(document).decode())
        response.is_valid(_our_address(connection), in_response_to, raise_exceptions=True)
    except Exception as error:  # xmlsec and lxml have their own, and none of them may pass
        raise AnswerRefused(f"The answer was not accepted: {str(error)[:200]}.") from error
    return response


def _check_addressed(connection: Connection, root: Element, in_response_to: str) -> None:
    """The answer is for us, here, to one of our requests: said in all the places where it can be said."""
    here = acs_url(connection)
    confirmation = root.findall(f".//{{{SAML}}}SubjectConfirmation")
    data = root.findall(f".//{{{SAML}}}SubjectConfirmationData")
    audiences = [xml.text_of(each) for each in root.iter(f"{{{SAML}}}Audience")]
    restrictions = root.findall(f".//{{{SAML}}}AudienceRestriction")
    if root.get("Destination") != here:
        raise AnswerRefused("The answer is addressed to somewhere else (Destination).")
    if len(confirmation) != 1 or len(data) != 1 or data[0].get("Recipient") != here:
        raise AnswerRefused("The assertion is addressed to somewhere else (Recipient).")
    if not in_response_to or data[0].get("InResponseTo") != in_response_to:
        raise AnswerRefused("The answer was not asked for (InResponseTo).")
    if len(restrictions) != 1 or entity_id(connection) not in audiences:
        raise AnswerRefused("The assertion is meant for another audience.")


def _expiry(assertion: Element) -> datetime:
    """Return until when the assertion could be used again: its end must be named, and be near."""
    ends = [
        element.get("NotOnOrAfter")
        for name in ("Conditions", "SubjectConfirmationData")
        for element in assertion.iter(f"{{{SAML}}}{name}")
    ]
    now = timezone.now()
    try:
        times = [datetime.fromisoformat(str(each).replace("Z", "+00:00")) for each in ends]
        issued = datetime.fromisoformat(str(assertion.get("IssueInstant")).replace("Z", "+00:00"))
        latest = max(times)
    except (ValueError, TypeError) as error:
        raise AnswerRefused("The assertion does not say when it ends.") from error
    if len(times) != 2 or any(each.tzinfo is None for each in (*times, issued)):
        raise AnswerRefused("The assertion does not say when it ends.")
    if min(times) + _LEEWAY <= now or issued > now + _LEEWAY or issued < now - LONGEST_LIFE:
        raise AnswerRefused("The assertion is too old, or not of now; compare the clocks.")
    return latest.astimezone(UTC) + _LEEWAY


def _asserted(connection: Connection, response: Any) -> Asserted:  # noqa: ANN401
    attributes: dict[str, list[str]] = {
        name: [each for each in values if isinstance(each, str)] for name, values in response.get_attributes().items()
    }
    name_id = str(response.get_nameid() or "")
    form = str(response.get_nameid_format() or "")
    email = _first(attributes, _EMAILS) or (name_id if form == _EMAIL_FORMAT else "")
    return Asserted(
        subject=_subject(attributes, name_id, form),
        email=email.lower(),
        name=_first(attributes, _NAMES)[:80],
        groups=group_names(attributes.get(connection.groups_claim, [])),
        factors=tuple(response.get_authn_contexts()),
        claims={"NameID": name_id, "NameID format": form, **attributes},
    )


def _subject(attributes: dict[str, list[str]], name_id: str, form: str) -> str:
    """Return the identifier that stays a person's: an address can become somebody else's."""
    lasting = _first(attributes, _SUBJECTS)
    if lasting:
        return checked_subject(lasting)
    if form == _TRANSIENT:
        raise AnswerRefused("The NameID is transient: choose one that stays, such as a persistent id.")
    if form == _EMAIL_FORMAT or "@" in name_id:
        raise AnswerRefused("The NameID is an e-mail address, which can become somebody else's: send a user id.")
    return checked_subject(name_id)


def _first(attributes: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((attributes[name][0] for name in names if attributes.get(name)), "")


def _our_address(connection: Connection) -> dict[str, Any]:
    """Return the request the library compares with: our configured address, never what a Host header says."""
    parts = urlsplit(acs_url(connection))
    secure = "on" if parts.scheme == "https" else "off"
    return {"https": secure, "http_host": parts.netloc, "script_name": parts.path, "get_data": {}, "post_data": {}}


def _settings(connection: Connection, ours_alone: bool = False) -> OneLogin_Saml2_Settings:
    """Return the library's settings; `ours_alone` where nothing of the provider is known or needed."""
    return OneLogin_Saml2_Settings(
        {
            "strict": True,
            "debug": False,
            "sp": {
                "entityId": entity_id(connection),
                "assertionConsumerService": {"url": acs_url(connection), "binding": POST},
                "NameIDFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            },
            "idp": {
                "entityId": connection.pinned.get("entity_id", "https://unknown.invalid/"),
                "singleSignOnService": {
                    "url": connection.pinned.get("sso_url", "https://unknown.invalid/"),
                    "binding": REDIRECT,
                },
                "x509certMulti": {"signing": connection.pinned.get("certificates", [])},
            },
            "security": _SECURITY,
        },
        sp_validation_only=ours_alone,
    )


_SECURITY = {
    "wantAssertionsSigned": True,
    "wantMessagesSigned": True,
    "wantNameId": False,
    "wantAttributeStatement": False,
    "rejectDeprecatedAlgorithm": True,
    "requestedAuthnContext": False,
    "allowRepeatAttributeName": False,
    "allowSingleLabelDomains": True,
}
