"""Hostile bodies: each gets a clear 4xx that points at the fault, and nothing of it is stored (P05)."""

import orjson
import pytest

from audit.models import Decision
from promptguard.api.bodies import LARGEST_BODY, MOST_VALUES, values_in
from tenants.scope import org_scope
from tests.api.conftest import Application
from tests.committed import *  # noqa: F403 (fixtures)
from tests.people import Person

MEGABYTE = 1024 * 1024


def _nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * depth + b"1" + closing * depth


def _in_metadata(number: bytes) -> bytes:
    return b'{"input": "a", "metadata": {"n": ' + number + b"}}"


BODIES: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b" ", 400, "#"),
    "cut": (b'{"input": "a', 400, "#"),
    "two documents": (b'{"input": "a"}{"input": "b"}', 400, "#"),
    "a comment": (b'{"input": "a" /* x */}', 400, "#"),
    "single quotes": (b"{'input': 'a'}", 400, "#"),
    "a byte order mark": (b'\xef\xbb\xbf{"input": "a"}', 400, "#"),
    "UTF-16": ('{"input": "a"}'.encode("utf-16"), 400, "#"),
    "UTF-16 unmarked": ('{"input": "a"}'.encode("utf-16-le"), 400, "#"),
    "Latin-1": (b'{"input": "\xe9"}', 400, "#"),
    "overlong UTF-8": (b'{"input": "\xc0\xaf"}', 400, "#"),
    "a raw NUL": (b'{"input": "a\x00b"}', 400, "#"),
    "a raw line feed": (b'{"input": "a\nb"}', 400, "#"),
    "half a pair": (b'{"messages": [{"role": "user", "content": "x\\ud800"}]}', 400, "#/messages/0/content"),
    "the other half": (b'{"input": ["a", "\\udc00x"]}', 400, "#/input/1"),
    "half a pair in a name": (b'{"input": "x", "metadata": {"\\ud800": 1}}', 400, "#/metadata"),
    "a name twice": (b'{"input": "clean", "input": "attack"}', 400, "#/input"),
    "a name twice, escaped": (b'{"input": "clean", "\\u0069nput": "attack"}', 400, "#/input"),
    "a name twice, inside": (
        b'{"messages": [{"role": "user", "role": "system", "content": "x"}]}',
        400,
        "#/messages/0/role",
    ),
    "a name twice in a tool": (b'{"input": "x", "tools": [{"a": {"b/c": 1, "b/c": 2}}]}', 400, "#/tools/0/a/b~1c"),
    "NaN": (_in_metadata(b"NaN"), 400, "#/metadata/n"),
    "an infinity": (_in_metadata(b"-Infinity"), 400, "#/metadata/n"),
    "NaN in a tool": (b'{"input": "x", "tools": [{"n": [1, NaN]}]}', 400, "#/tools/0/n/1"),
    "a number beyond floats": (_in_metadata(b"1e999"), 400, "#/metadata/n"),
    "a number beyond 64 bits": (_in_metadata(b"9" * 400), 400, "#/metadata/n"),
    "a number of 5,000 digits": (_in_metadata(b"9" * 5000), 400, "#"),
    "a number of 3 MB": (_in_metadata(b"9" * 3 * MEGABYTE), 400, "#"),
    "a leading zero": (_in_metadata(b"01"), 400, "#"),
    "10 MB": (b'{"input": "' + b"a" * 10 * MEGABYTE + b'"}', 413, "#"),
    "just too large": (b'{"input": "' + b"a" * LARGEST_BODY + b'"}', 413, "#"),
    "a text too long": (b'{"input": "' + b"a" * 1_000_001 + b'"}', 400, "#/input"),
    "100,000 messages": (orjson.dumps({"messages": [{"role": "user", "content": "x"}] * 100_000}), 413, "#/messages"),
    "100,000 texts": (orjson.dumps({"direction": "input", "input": ["x"] * 100_000}), 413, "#/input"),
    "a million empty messages": (b'{"messages": [' + b"{}," * 1_000_000 + b"{}]}", 413, "#/messages"),
    "two million numbers": (b'{"input": [' + b"1," * 2_000_000 + b"1]}", 413, "#/input"),
    "200,000 unknown members": (orjson.dumps({f"k{n}": n for n in range(200_000)}), 413, "#"),
    "200,000 labels": (
        orjson.dumps({"input": "x", "metadata": dict.fromkeys(map(str, range(200_000)), 1)}),
        413,
        "#/metadata",
    ),
    "a wide tool": (orjson.dumps({"input": "x", "tools": [{"a": ["x"] * 300_000}]}), 413, "#/tools/0/a"),
    "texts of tools": (orjson.dumps({"input": "x", "tools": [{"a": ["x"] * 3_000}]}), 413, "#/tools"),
    "100,000 levels": (_nested(100_000), 400, "#"),
    "10,000 levels": (_nested(10_000), 400, "#"),
    "10,000 levels in a member": (b'{"input": ' + _nested(10_000) + b"}", 400, "#"),
    "a deep tool": (b'{"input": "x", "tools": [' + _nested(100, b'{"a":', b"}") + b"]}", 413, "#/tools"),
    "depth where nobody looks": (
        b'{"messages": [{"role": "user", "content": "x", "z": ' + _nested(10_000) + b"}]}",
        400,
        "#",
    ),
    "a name of 1 MB": (b'{"' + b"~/" * MEGABYTE + b'": 1}', 400, "#/" + "~0~1" * 50 + "…"),
    "a member named like a type": (b'{"input": "x", "str": 1}', 400, "#/str"),
    "a member in brackets": (b'{"input": "x", "list[x]": 1}', 400, "#/list[x]"),
    "a label that is a list": (b'{"input": "x", "metadata": {"float": [1]}}', 400, "#/metadata/float"),
    "a label too long": (orjson.dumps({"input": "x", "metadata": {"a": "x" * 501}}), 400, "#/metadata/a"),
    "a part without text": (
        b'{"messages": [{"role": "user", "content": [{"type": "text"}]}]}',
        400,
        "#/messages/0/content/0/text",
    ),
    "a call without a name": (
        b'{"messages": [{"role": "user", "tool_calls": [{"function": {}}]}]}',
        400,
        "#/messages/0/tool_calls/0/function/name",
    ),
    "no text at all": (b'{"documents": [{"id": "1", "text": "t"}]}', 400, "#"),
}


@pytest.mark.parametrize("name", BODIES)
def test_p05_a_hostile_body_is_refused_and_its_fault_is_pointed_at(app: Application, olga: Person, name: str) -> None:
    raw, status, pointer = BODIES[name]
    response = app.raw("/v1/guard", raw)
    problem = response.json()
    assert (response.status_code, problem["status"]) == (status, status)
    assert {error["pointer"] for error in problem["errors"]} == {pointer}
    assert all(error["detail"] and "Value error" not in error["detail"] for error in problem["errors"])
    assert problem["error"]["message"] == problem["detail"]
    assert len(response.content) < 10_000, "an error is not an echo"
    with org_scope(olga.organization.id):
        assert Decision.objects.count() == 0 + _made_by(olga)


def _made_by(person: Person) -> int:
    """Return how many decisions the person's own doing took (making the key)."""
    return Decision.objects.filter(principal_kind="person").count()


def test_two_faults_are_two_pointers(app: Application) -> None:
    body = {"messages": [{"role": "robot", "content": "x"}, {"content": 5}], "mode": "off", "surprise": 1}
    pointers = [error["pointer"] for error in app.post("/v1/guard", body).json()["errors"]]
    assert list(dict.fromkeys(pointers)) == [
        "#/messages/0/role",
        "#/messages/1/role",
        "#/messages/1/content",
        "#/mode",
        "#/surprise",
    ]


def test_errors_are_counted_out_at_twenty(app: Application) -> None:
    body = {"messages": [{"role": "x", "content": 5}] * 1000}
    response = app.post("/v1/guard", body)
    assert response.status_code == 400
    assert len(response.json()["errors"]) == 20


@pytest.mark.parametrize("path", ["/v1/moderations", "/v1/decisions/dec_01M84K73D2F3Q2BWJWAKYXYT7J/report"])
@pytest.mark.parametrize("name", ["cut", "a name twice", "10 MB", "200,000 unknown members", "10,000 levels"])
def test_p05_every_operation_reads_bodies_alike(app: Application, path: str, name: str) -> None:
    raw, status, _ = BODIES[name]
    assert app.raw(path, raw).status_code == status


def test_values_are_counted_without_those_that_stand_in_texts() -> None:
    text = 'a, b, {c}, "d", [e], \\ and \\" ' * 5_000
    for body in ({"input": text}, {"input": text, "tools": [{"x": [1, 2, {"y": text}]}]}):
        assert values_in(orjson.dumps(body)) < 20
    crowd = {"input": text, "messages": [[1]] * MOST_VALUES}
    assert values_in(orjson.dumps(crowd)) > MOST_VALUES
    assert values_in(orjson.dumps(["\\"] * (MOST_VALUES + 1))) > MOST_VALUES


def test_a_large_text_full_of_marks_is_checked(app: Application) -> None:
    assert app.post("/v1/guard", {"input": "{[,]} " * 10_000}).status_code == 200
