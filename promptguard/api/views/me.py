"""``GET /v1/me``: whom an application acts for."""

from pydantic import BaseModel

from accounts.models import User
from promptguard.api.operations import Caller, Callers, operation
from promptguard.api.problems import Answer
from tenants.models import Organization
from tenants.permissions import Permission


class OrganizationAnswer(BaseModel):
    id: str
    name: str
    environment: str


class PersonAnswer(BaseModel):
    """The person, their role now, and what they let the application do for them."""

    id: str
    object: str = "person"
    name: str
    role: str
    organization: OrganizationAnswer
    client_id: str
    scopes: list[str]


@operation(
    "GET",
    "/v1/me",
    Permission.ME_READ,
    summary="The person behind an access token",
    answer=PersonAnswer,
    callers=Callers.PEOPLE,
)
def me(caller: Caller, body: None) -> Answer:
    principal = caller.credential.principal
    organization = Organization.objects.get()
    person = PersonAnswer(
        id=principal.id,
        name=str(User.objects.get(pk=principal.id)),
        role=principal.role.value if principal.role else "",
        organization=OrganizationAnswer(
            id=str(organization.id), name=organization.name, environment=organization.environment
        ),
        client_id=principal.via,
        scopes=sorted(scope.value for scope in principal.scopes),
    )
    return Answer(person.model_dump_json().encode())
