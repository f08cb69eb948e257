"""The OpenAPI 3.1 description of ``/v1``, made from the table of operations and the models of the bodies."""

import re
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from promptguard.api import middleware  # noqa: F401 (its import declares the operations)
from promptguard.api.idempotency import HEADER, LONGEST_KEY, REPLAYED
from promptguard.api.operations import OPERATIONS, Operation

_REF = "#/components/schemas/{model}"
_TOKEN = "An access token of five minutes; /.well-known/oauth-authorization-server says how to get one."
_PROBLEM = {
    "description": "What went wrong, as RFC 9457 problem details with OpenAI's error object",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_KEY = {
    "name": HEADER,
    "in": "header",
    "description": (
        f"A key of your making for this call: 1 to {LONGEST_KEY} printable characters, bare or quoted. Sent again "
        "within 24 hours, the same call gets the same answer and has no second effect; while it is still being "
        "answered it gets 409, and another call under the same key gets 422."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY + 2},
}
_REPLAYED_HEADER = {
    REPLAYED: {"description": "`true` where the answer was kept from the call before", "schema": {"type": "string"}}
}
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "error", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "error": {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": "string"},
                "decision_id": {"type": ["string", "null"]},
                "reason_codes": {"type": "array", "items": {"type": "string"}},
            },
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "budget": {
            "type": "object",
            "description": "The budget that has no room; amounts in its unit, `resets_in` in seconds",
            "properties": {
                "id": {"type": "string"},
                "scope": {"type": "string"},
                "scope_id": {"type": "string"},
                "unit": {"type": "string", "enum": ["nanos", "requests", "tokens"]},
                "period": {"type": "string", "enum": ["day", "month", "total"]},
                "limit": {"type": "integer"},
                "spent": {"type": "integer"},
                "reserved": {"type": "integer"},
                "remaining": {"type": "integer"},
                "resets_in": {"type": ["integer", "null"]},
                "max_tokens_that_fit": {"type": ["integer", "null"]},
            },
        },
    },
}


@cache
def document(base_url: str) -> dict[str, Any]:
    """Return the whole description, for the server at `base_url`."""
    models = {model for op in OPERATIONS for model in (op.body, op.answer) if model is not None}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, definitions = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    schemas = {**definitions.get("$defs", {}), "Problem": _PROBLEM_SCHEMA}
    paths: dict[str, dict[str, Any]] = {}
    for op in OPERATIONS:
        paths.setdefault(op.path, {})[op.method.lower()] = _operation(op)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tidegate", "version": "1", "description": "Decide what may be said to a model, and why."},
        "servers": [{"url": base_url}],
        "security": [{"key": []}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key: tg_…"},
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": _TOKEN},
            },
        },
    }


def _operation(op: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": op.handler.__name__,
        "summary": op.summary,
        "description": f"Needs the scope `{op.permission.value}`. {op.callers.sentence}",
        "parameters": [*_path_parameters(op), *_query_parameters(op), *_key_parameter(op)],
        "responses": {
            "201" if op.writes else "200": _success(op),
            **{status: _PROBLEM for status in _statuses(op)},
        },
    }
    if op.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(op.body)}}}
    return described


def _path_parameters(op: Operation) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", op.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(op: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
        for name, text in op.query.items()
    ]


def _key_parameter(op: Operation) -> list[dict[str, Any]]:
    return [_KEY | ({"required": True} if op.keyed else {})] if op.method == "POST" else []


def _success(op: Operation) -> dict[str, Any]:
    schema: dict[str, Any] = _ref(op.answer) if op.answer else {"type": "object"}
    described: dict[str, Any] = {"description": "Done", "content": {"application/json": {"schema": schema}}}
    return described | ({"headers": _REPLAYED_HEADER} if op.method == "POST" else {})


def _statuses(op: Operation) -> list[str]:
    found = ["400", "401", "402", "403", "429", "500", "503"]
    if "{" in op.path:
        found.append("404")
    if op.method == "POST":
        found += ["409", "422"]
    if op.body is not None:
        found += ["411", "413", "415"]
    return sorted(found)


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
