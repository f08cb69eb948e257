"""``GET /v1/models`` and ``GET /v1/usage``."""

from pydantic import BaseModel

from billing.ledger.prices import GUARD_MODEL
from billing.ledger.quota_answer import Quota, quotas_of
from promptguard.api.operations import Caller, Callers, operation
from promptguard.api.problems import Answer
from promptguard.usage import UsageDay, usage_by_day
from tenants.permissions import Permission


class Model(BaseModel):
    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "tidegate"


class ModelList(BaseModel):
    object: str = "list"
    data: list[Model]


class UsageAnswer(BaseModel):
    """Guard calls of the last 30 days, by day (UTC), and how what binds the caller's calls stands now."""

    object: str = "list"
    data: list[UsageDay]
    quotas: list[Quota]


@operation(
    "GET",
    "/v1/models",
    Permission.MODELS_READ,
    summary="The models this key may use",
    answer=ModelList,
    callers=Callers.BOTH,
)
def models(caller: Caller, body: None) -> Answer:
    return Answer(ModelList(data=[Model(id=GUARD_MODEL)]).model_dump_json().encode())


@operation(
    "GET",
    "/v1/usage",
    Permission.USAGE_READ,
    summary="Guard calls by day, and what is left of quotas and budgets",
    answer=UsageAnswer,
    callers=Callers.BOTH,
)
def usage(caller: Caller, body: None) -> Answer:
    quotas = quotas_of(caller.credential.principal)
    return Answer(UsageAnswer(data=usage_by_day(30), quotas=quotas).model_dump_json().encode())
