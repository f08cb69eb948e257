"""Who is asking: a person, an API key, a service or an operator, with everything a policy may look at."""

import uuid
from dataclasses import dataclass
from enum import StrEnum

from tenants.permissions import Permission, Role


class PrincipalKind(StrEnum):
    PERSON = "person"
    API_KEY = "api_key"
    SERVICE = "service"
    OPERATOR = "operator"
    ANONYMOUS = "anonymous"


class Duty(StrEnum):
    """What somebody of the company's own staff does here."""

    OPERATIONS = "operations"
    FINANCE = "finance"


class Level(StrEnum):
    """How surely we know a person (NIST SP 800-63B's levels): password; one-time code; passkey."""

    AAL1 = "aal1"
    AAL2 = "aal2"
    AAL3 = "aal3"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller inside one organisation.

    `role` is the live role of the person, of the person who made the key, or of the service's owner; `None` means no
    role any more. `scopes` is what a key or a service carries and is empty for people. `fresh`
    says that the person confirmed it is them within the last five minutes, `excused` that their organisation lets them
    into a role without the passkey it needs, for now; `held` that a sign-in of whoever made the key
    looked wrong; `duties` are an operator's.
    """

    kind: PrincipalKind
    id: str
    org_id: uuid.UUID | None
    label: str = ""
    role: Role | None = None
    scopes: frozenset[Permission] = frozenset()
    environment: str = "test"
    level: Level = Level.AAL1
    fresh: bool = False
    excused: bool = False
    held: bool = False
    user_id: uuid.UUID | None = None
    address: str | None = None
    duties: frozenset[Duty] = frozenset()
    via: str = ""
    """The client id of the application through which a person acts; what it may do is `scopes`."""


ANONYMOUS = Principal(kind=PrincipalKind.ANONYMOUS, id="anonymous", org_id=None, label="anonymous")


@dataclass(frozen=True, slots=True)
class Resource:
    """What is asked for: a kind (``keys``), an id where there is one, its tenant and that tenant's state."""

    kind: str
    org_id: uuid.UUID | None
    id: str = ""
    org_status: str = "active"

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}" if self.id else self.kind
