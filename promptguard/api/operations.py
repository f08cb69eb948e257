"""The table of ``/v1``'s operations. An operation without a permission cannot be written down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from pydantic import BaseModel

from accounts.authentication import Credential
from audit.reasons import Reason
from audit.sentences import Sentence
from billing.rate_limits import Taken
from promptguard.api.problems import Answer
from tenants.guard import Grant
from tenants.permissions import Permission
from tenants.policy import Allowed
from tenants.principal import Principal, PrincipalKind


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called an operation, with the yes that let them in. `path` holds the variable parts of the URL.

    An operation that writes also gets the `grant` that its verb takes.
    """

    request: HttpRequest
    request_id: str
    credential: Credential
    allowed: Allowed
    taken: Taken
    path: dict[str, str]
    grant: Grant | None = None

    def granted(self) -> Grant:
        """Return the grant; only an operation that is declared to write has one."""
        if self.grant is None:
            raise RuntimeError("An operation that changes rows is declared with writes=True.")
        return self.grant


Handler = Callable[[Caller, Any], Answer]


class Callers(Sentence):
    """Who an operation is for: programs in the organisation's own name, people through an application, or both."""

    SERVICES = "services", "For API keys and service tokens; a person's token is refused."
    PEOPLE = "people", "For a person's token; API keys and service tokens are refused."
    BOTH = "both", "For API keys, service tokens and people's tokens."


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `writes` says that it changes rows: it then runs in one transaction with its record.

    `keyed`: it is refused without an ``Idempotency-Key``.
    """

    method: str
    path: str
    permission: Permission
    handler: Handler
    summary: str
    answer: type[BaseModel] | None
    body: type[BaseModel] | None = None
    query: dict[str, str] = field(default_factory=dict)
    writes: bool = False
    callers: Callers = Callers.SERVICES
    keyed: bool = False

    def misplaces(self, principal: Principal) -> Reason | None:
        """Return why this is the wrong kind of caller, or `None` where it is the right one."""
        is_person = principal.kind is PrincipalKind.PERSON
        if is_person and self.callers is Callers.SERVICES:
            return Reason.TOKEN_OF_PERSON
        return Reason.TOKEN_OF_SERVICE if self.callers is Callers.PEOPLE and not is_person else None

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the parts of the path between its slashes."""
        return tuple(self.path.strip("/").split("/"))


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    permission: Permission,
    *,
    summary: str,
    answer: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    query: dict[str, str] | None = None,
    writes: bool = False,
    callers: Callers = Callers.SERVICES,
    keyed: bool = False,
) -> Callable[[Handler], Handler]:
    """Declare the decorated function as an operation of the API."""

    def declare(handler: Handler) -> Handler:
        OPERATIONS.append(
            Operation(method, path, permission, handler, summary, answer, body, query or {}, writes, callers, keyed)
        )
        return handler

    return declare


@lru_cache(maxsize=4096)
def match(path: str) -> tuple[dict[str, Operation], dict[str, str]]:
    """Return the operations at `path` by method, and the variable parts; empty where there is no such path.

    Called once all operations are declared. The answer is remembered and must not be changed.
    """
    asked = tuple(path.strip("/").split("/"))
    found: dict[str, Operation] = {}
    variables: dict[str, str] = {}
    for candidate in OPERATIONS:
        if len(candidate.parts) != len(asked):
            continue
        pairs = list(zip(candidate.parts, asked, strict=True))
        if all(part == given or (part.startswith("{") and given) for part, given in pairs):
            found[candidate.method] = candidate
            variables = {part[1:-1]: given for part, given in pairs if part.startswith("{")}
    return found, variables
