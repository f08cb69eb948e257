"""An OpenAPI description laid out for a page: operations by area, their parameters, bodies and answers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

METHODS = ("get", "post", "put", "patch", "delete")
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """One parameter, or one member of an object; `place` is path, query, header or body."""

    name: str
    kind: str
    required: bool
    text: str
    place: str = "body"


@dataclass(frozen=True, slots=True)
class Answer:
    """One status an operation may answer with."""

    status: str
    phrase: str
    model: str


@dataclass(frozen=True, slots=True)
class Documented:
    """One operation as the page shows it. `body` and `answer` are names of models."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    members: tuple[Member, ...]
    answers: tuple[Answer, ...]
    answer: str


@register.filter
def operations(spec: Schema) -> list[Documented]:
    """Return every operation of the description, in its order."""
    paths: Mapping[str, Schema] = spec["paths"]
    return [
        _operation(spec, method, path, item[method])
        for path, item in paths.items()
        for method in METHODS
        if method in item
    ]


@register.filter
def models(spec: Schema) -> list[tuple[str, str, list[Member]]]:
    """Return (name, description, members) of every model, by name."""
    schemas: Mapping[str, Schema] = spec["components"]["schemas"]
    return [(name, schemas[name].get("description", ""), list(_members(schemas[name]))) for name in sorted(schemas)]


@register.filter
def operations_about(spec: Schema, words: str) -> list[Documented]:
    """Return the operations that name every one of `words`: in path, summary, description or a member; all for none."""
    return [each for each in operations(spec) if _tells(words, _texts(each), each.members)]


@register.filter
def models_about(spec: Schema, words: str) -> list[tuple[str, str, list[Member]]]:
    """Return the models that name every one of `words`, in their name, description or a member."""
    return [(name, text, members) for name, text, members in models(spec) if _tells(words, (name, text), members)]


@register.simple_tag
def is_about(member: Member, words: str) -> bool:
    """Tell whether a member is one that the search means: one of the words stands in its name."""
    return any(word in member.name.lower() for word in words.lower().split())


def _texts(operation: Documented) -> tuple[str, ...]:
    return operation.id, operation.method, operation.path, operation.summary, operation.description


def _tells(words: str, texts: Iterable[str], members: Iterable[Member]) -> bool:
    told = " ".join((*texts, *(f"{member.name} {member.kind} {member.text}" for member in members))).lower()
    return all(word in told for word in words.lower().split())


@register.filter
def ticked(text: str) -> SafeString:
    """Return a sentence of the description, its `code` between backticks as <code>."""
    parts = text.split("`")
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if at % 2 else part,) for at, part in enumerate(parts))
    )


def _operation(spec: Schema, method: str, path: str, operation: Schema) -> Documented:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    answers = tuple(_answer(status, response) for status, response in operation["responses"].items())
    return Documented(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        members=(*_parameters(operation), *_members(_resolved(spec, body))),
        answers=answers,
        answer=next((answer.model for answer in answers if answer.status.startswith("2")), ""),
    )


def _parameters(operation: Schema) -> Iterator[Member]:
    for item in operation.get("parameters", ()):
        text = item.get("description", "")
        yield Member(item["name"], kind_of(item.get("schema", {})), item.get("required", False), text, item["in"])


def _answer(status: str, response: Schema) -> Answer:
    """Return a response with the model that its first media type holds."""
    schema: Schema = next((media["schema"] for media in response.get("content", {}).values()), {})
    return Answer(status, HTTPStatus(int(status)).phrase, schema.get("$ref", "").rpartition("/")[2])


def _members(schema: Schema) -> Iterator[Member]:
    """Yield the members of an object schema."""
    required = set(schema.get("required", ()))
    for name, member in schema.get("properties", {}).items():
        yield Member(name, kind_of(member), name in required, _text_of(member))


def _text_of(member: Schema) -> str:
    """Return a member's description; one that may be null says it in the choice that is not."""
    choices = (choice.get("description", "") for choice in member.get("anyOf", ()))
    return member.get("description", "") or next(filter(None, choices), "")


def _resolved(spec: Schema, schema: Schema) -> Schema:
    """Return the schema that a reference names, or the schema itself."""
    name = schema.get("$ref", "").rpartition("/")[2]
    resolved: Schema = spec["components"]["schemas"][name] if name else schema
    return resolved


def kind_of(schema: Schema) -> str:
    """Return a schema's type in words: "string", "array of Message", "one of a, b", "string or null"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(kind_of(choice) for choice in schema[key])
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return f"always {schema['const']}"
    return _plain_kind(schema)


def _plain_kind(schema: Schema) -> str:
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " or ".join(kind)
    return f"array of {kind_of(schema.get('items', {}))}" if kind == "array" else str(kind)
