"""``GET /v1/models`` and ``GET /v1/usage``."""

import orjson
from pydantic import BaseModel

from billing.ledger.prices import GUARD_MODEL
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
    """Guard calls of the last 30 days, by day (UTC)."""

    object: str = "list"
    data: list[UsageDay]


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
    summary="Guard calls by day",
    answer=UsageAnswer,
    callers=Callers.BOTH,
)
def usage(caller: Caller, body: None) -> Answer:
    days = [day.model_dump() for day in usage_by_day(30)]
    return Answer(orjson.dumps({"object": "list", "data": days}))
