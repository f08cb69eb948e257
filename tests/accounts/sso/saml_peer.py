"""A SAML identity provider that nobody here wrote: pysaml2, which signs with the program xmlsec1."""

import base64
import shutil
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

with warnings.catch_warnings():  # pysaml2 names ciphers that its own dependency has moved
    warnings.simplefilter("ignore")
    from saml2 import BINDING_HTTP_REDIRECT
    from saml2.config import IdPConfig
    from saml2.metadata import entity_descriptor
    from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
    from saml2.server import Server
    from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

_SIGNED = {"sign_response": True, "sign_assertion": True, "sign_alg": SIG_RSA_SHA256, "digest_alg": DIGEST_SHA256}
LOGIN = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


@dataclass(slots=True)
class SamlPeer:
    """A provider with a key of its own; `answer` signs in whoever a test says."""

    folder: Path
    name: str
    bits: int = 2048
    days: int = 365
    server: Any = field(init=False)

    def __post_init__(self) -> None:
        key = rsa.generate_private_key(65537, self.bits)
        self._write("key.pem", key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ))  # fmt: skip
        self._write("cert.pem", certificate_of(key, self.days).public_bytes(serialization.Encoding.PEM))
        self.server = Server(config=self._config([]))

    @property
    def entity_id(self) -> str:
        return f"https://{self.name}/idp"

    def metadata(self) -> str:
        return str(entity_descriptor(self._config([])))

    def knows(self, service_provider: str) -> None:
        """Have the provider read the metadata of a service provider."""
        self.server = Server(config=self._config([service_provider]))

    def request_in(self, url: str) -> Any:  # noqa: ANN401 (pysaml2 has no types)
        """Read the request with which Tidegate sent a browser here."""
        [encoded] = parse_qs(urlsplit(url).query)["SAMLRequest"]
        return self.server.parse_authn_request(encoded, BINDING_HTTP_REDIRECT).message

    def answer(self, request: Any, subject: str, name_format: str = NAMEID_FORMAT_PERSISTENT, **said: Any) -> bytes:  # noqa: ANN401
        """Return the signed response to a request, as XML; `said` holds attributes, and how to sign (`sign_alg` …)."""
        options = _SIGNED | {name: said.pop(name) for name in list(said) if name.startswith(("sign_", "digest_"))}
        return str(
            self.server.create_authn_response(
                {name: value if isinstance(value, list) else [value] for name, value in said.items()},
                in_response_to=request.id,
                destination=request.assertion_consumer_service_url,
                sp_entity_id=request.issuer.text,
                name_id=NameID(format=name_format, text=subject),
                authn={"class_ref": LOGIN},
                **options,
            )
        ).encode()

    def _config(self, service_providers: list[str]) -> IdPConfig:
        idp = {
            "name": self.name,
            "endpoints": {"single_sign_on_service": [(f"https://{self.name}/sso", BINDING_HTTP_REDIRECT)]},
            "name_id_format": [NAMEID_FORMAT_PERSISTENT],
            "policy": {
                "default": {
                    "lifetime": {"minutes": 5},
                    "attribute_restrictions": None,
                    "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
                }
            },
        }
        return IdPConfig().load(
            {
                "entityid": self.entity_id,
                "key_file": str(self.folder / f"{self.name}-key.pem"),
                "cert_file": str(self.folder / f"{self.name}-cert.pem"),
                "xmlsec_binary": shutil.which("xmlsec1"),
                "allow_unknown_attributes": True,
                "service": {"idp": idp},
                "metadata": {"inline": service_providers},
            }
        )

    def _write(self, name: str, content: bytes) -> None:
        (self.folder / f"{self.name}-{name}").write_bytes(content)


def certificate_of(key: rsa.RSAPrivateKey, days: int) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.not_valid_before(now - timedelta(days=400)).not_valid_after(now + timedelta(days=days))
    return dated.serial_number(x509.random_serial_number()).sign(key, hashes.SHA256())


def encoded(document: bytes) -> str:
    return base64.b64encode(document).decode()


@pytest.fixture(scope="session")
def saml_idp(tmp_path_factory: pytest.TempPathFactory) -> SamlPeer:
    return SamlPeer(tmp_path_factory.mktemp("saml"), "acme-idp.example")


@pytest.fixture(scope="session")
def other_saml_idp(tmp_path_factory: pytest.TempPathFactory) -> SamlPeer:
    return SamlPeer(tmp_path_factory.mktemp("saml"), "globex-idp.example")
