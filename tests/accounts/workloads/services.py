"""What a test needs to act as a service, as its owner's colleague, and as a foreign issuer's workload."""

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from accounts.workloads import identities, keys
from accounts.workloads.identities import ServiceRequest
from accounts.workloads.models import ServiceIdentity, ServiceKey
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.people import Person

ENDPOINT = f"{settings.BASE_URL}/oauth/token"


@dataclass(frozen=True, slots=True)
class Service:
    """A service, the person who made it and answers for it, and a key with its private half."""

    person: Person
    row: ServiceIdentity
    key: ServiceKey
    private: ECKey

    def claims(self, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
        """Return the claims of a good assertion, with changes; `None` leaves a claim out."""
        now = int(time.time())
        good: dict[str, Any] = {
            "iss": self.row.client_id,
            "sub": self.row.client_id,
            "aud": ENDPOINT,
            "jti": uuid.uuid4().hex,
        }
        good |= {"iat": now, "exp": now + 120}
        return {name: value for name, value in (good | changed).items() if value is not None}

    def assertion(self, header: dict[str, Any] | None = None, /, **changed: Any) -> str:  # noqa: ANN401 (JSON)
        return signed(self.claims(**changed), self.private, header or {"kid": self.key.kid})


def signed(claims: dict[str, Any], private: ECKey | RSAKey | OKPKey, header: dict[str, Any] | None = None) -> str:
    """Return `claims` as a compact JWS."""
    algorithm = {"EC": "ES256", "RSA": "RS256", "OKP": "Ed25519"}[private.key_type]
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    return jws.serialize_compact({"alg": algorithm} | (header or {}), json.dumps(claims), private, registry=registry)


def new_service(person: Person, *scopes: Permission) -> Service:
    """Make a service that the person owns, with one key."""
    asked = [scope.value for scope in scopes or person.all_scopes()]
    private = ECKey.generate_key("P-256")
    with org_scope(person.organization.id):
        wanted = ServiceRequest(name="Invoices", scopes=asked, owner_id=person.user.pk)
        row = identities.create(person.may(Permission.SERVICES_CHANGE), wanted)
        key = keys.upload(person.may(Permission.SERVICES_CHANGE), row.id, private.as_pem(private=False).decode())
    return Service(person, row, key, private)
