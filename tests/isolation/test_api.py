"""Every operation of ``/v1``, called with the victim's ids by somebody else's key (T01, T02, T03)."""

import re
import secrets
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from audit.ids import new_decision_id
from audit.models import Decision
from promptguard.api import middleware  # noqa: F401 (its import declares the operations)
from promptguard.api.operations import OPERATIONS, Operation
from promptguard.api.views.decisions import _FILTERS
from tests.isolation import ledger_rows
from tests.isolation.catalogue import Connection
from tests.isolation.down import Walls
from tests.isolation.estate import Estate
from tests.isolation.fingerprint import fingerprint, masked, told
from tests.people import new_client

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
IDS: dict[str, tuple[Callable[[Estate], str], Callable[[Estate], str]]] = {
    "/v1/decisions/{id}": (lambda victim: victim.rows[Decision].pk, lambda victim: new_decision_id()),
    "/v1/decisions/{id}/explain": (lambda victim: victim.rows[Decision].pk, lambda victim: new_decision_id()),
    "/v1/decisions/{id}/report": (lambda victim: victim.rows[Decision].pk, lambda victim: new_decision_id()),
    **dict.fromkeys(
        [f"/v1/reservations/{{id}}/{act}" for act in ("settle", "top_up", "release")],
        (ledger_rows.open_reservation, lambda victim: str(uuid.uuid4())),
    ),
}
"""For each path with an id: the victim's id, and one that nobody has."""

BODIES: dict[str, Callable[[Estate], dict[str, Any]]] = {
    "/v1/guard": lambda victim: {"input": "Hello.", "metadata": {"org_id": str(victim.org_id)}},
    "/v1/moderations": lambda victim: {"input": "Hello."},
    "/v1/decisions/{id}/report": lambda victim: {"expected_action": "allow", "comment": "x"},
    "/v1/reservations/{id}/settle": lambda victim: {"tokens_in": 1, "tokens_out": 1},
    "/v1/reservations/{id}/top_up": lambda victim: {"tokens_out": 1},
    "/v1/reservations/{id}/release": lambda victim: {},
}
WITH_IDS = [op for op in OPERATIONS if "{" in op.path]
WITHOUT_IDS = [op for op in OPERATIONS if "{" not in op.path]


def _call(estate: Estate, method: str, path: str, body: Any = None, **query: str) -> HttpResponse:  # noqa: ANN401 (JSON)
    keyed = {"idempotency-key": secrets.token_hex(8)} if path.startswith("/v1/reservations/") else {}
    client = new_client(authorization=f"Bearer {estate.secret}", **keyed)
    kwargs = {"data": body, "content_type": "application/json"} if method != "GET" else {"data": query}
    return getattr(client, method.lower())(path, **kwargs)  # type: ignore[no-any-return]  # looked up by name


def _body(operation: Operation, victim: Estate) -> dict[str, Any] | None:
    make = BODIES.get(operation.path)
    return make(victim) if make else None


def _name(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def test_t01_every_operation_is_attacked() -> None:
    assert {op.path for op in WITH_IDS} == set(IDS), "say how to fill the path's ids"
    assert {op.path for op in OPERATIONS if op.method != "GET"} == set(BODIES), "say what to send"


@pytest.mark.parametrize("operation", WITH_IDS, ids=_name)
def test_t01_a_foreign_id_is_as_unknown_as_a_random_one(
    attacker: Estate, victim: Estate, walls: Walls, operator: Connection, operation: Operation
) -> None:
    """Also in what it writes: nothing of the victim, not even the value it has."""
    before = fingerprint(operator, victim.org_id)
    ids = [make(victim) for make in IDS[operation.path]]
    for method in METHODS:
        foreign, random = (
            _call(attacker, method, re.sub(r"{\w+}", one, operation.path), _body(operation, victim)) for one in ids
        )
        assert foreign.status_code == random.status_code == (404 if method == operation.method else 405)
        assert masked(foreign.content.decode()) == masked(random.content.decode())
        assert set(foreign.headers) == set(random.headers)
        assert told(victim, foreign.content.decode().replace(ids[0], "")) == []
    assert fingerprint(operator, victim.org_id) == before


@pytest.mark.parametrize("operation", WITH_IDS, ids=_name)
def test_t01_the_owner_of_the_id_gets_an_answer(victim: Estate, operation: Operation) -> None:
    """Otherwise the 404 above would say nothing."""
    path = re.sub(r"{\w+}", IDS[operation.path][0](victim), operation.path)
    body = _body(operation, victim)
    assert _call(victim, operation.method, path, body).status_code in {200, 201}


@pytest.mark.parametrize("operation", WITHOUT_IDS, ids=_name)
def test_t02_an_answer_tells_nothing_of_another_organisation(
    attacker: Estate, victim: Estate, walls: Walls, operator: Connection, operation: Operation
) -> None:
    before = fingerprint(operator, victim.org_id)
    response = _call(attacker, operation.method, operation.path, _body(operation, victim))
    assert told(victim, response.content.decode() + str(response.headers)) == []
    assert fingerprint(operator, victim.org_id) == before


def _probes(victim: Estate) -> dict[str, list[str]]:
    decision = victim.rows[Decision]
    assert isinstance(decision, Decision)
    return {
        "action": [decision.action],
        "reason": [decision.reason_codes[0]],
        "permission": [decision.permission],
        "principal": [decision.principal_id, str(victim.owner.user.pk)],
        "since": ["2000-01-01T00:00:00Z"],
        "until": ["2100-01-01T00:00:00Z"],
        "cursor": [decision.id, "dec_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "' OR true --"],
        "limit": ["100"],
        "org_id": [str(victim.org_id)],
        "org_id__in": [str(victim.org_id)],
        "_connector": ["OR"],
    }


@pytest.mark.parametrize("parameter", [*_FILTERS, "org_id", "org_id__in", "_connector"])
def test_t02_r08_no_filter_reaches_another_organisation(attacker: Estate, victim: Estate, parameter: str) -> None:
    for value in _probes(victim)[parameter]:
        response = _call(attacker, "GET", "/v1/decisions", **{parameter: value})
        assert response.status_code in (
            {200, 400} if parameter == "cursor" else {200} if parameter in _FILTERS else {400}
        )
        assert told(victim, response.content.decode()) == []


def test_t02_a_foreign_cursor_pages_like_an_unknown_one(attacker: Estate, victim: Estate) -> None:
    decision = victim.rows[Decision]
    assert isinstance(decision, Decision)
    unknown = new_decision_id(decision.created_at)
    pages = [_call(attacker, "GET", "/v1/decisions", cursor=cursor).json() for cursor in (decision.id, unknown)]  # type: ignore[attr-defined]  # more than the stubs know
    assert [row["id"] for row in pages[0]["data"]] == [row["id"] for row in pages[1]["data"]]


def test_t13_answers_are_never_stored(attacker: Estate) -> None:
    for operation in WITHOUT_IDS:
        response = _call(attacker, operation.method, operation.path, _body(operation, attacker))
        assert response.headers["Cache-Control"] == "no-store"
        assert "ETag" not in response.headers
        assert "Last-Modified" not in response.headers


SPELLINGS = (
    "//v1/decisions",
    "/V1/decisions",
    "/v1//decisions",
    "/v1/./decisions",
    "/v1;/decisions",
    "/%76%31/decisions",
)


@pytest.mark.parametrize("path", SPELLINGS)
def test_k02_no_spelling_of_a_path_skips_the_key(committed: None, path: str) -> None:
    assert new_client().get(path).status_code in {301, 302, 401, 404}


@pytest.mark.parametrize(
    "header", ["Bearer ' OR '1'='1", "Bearer tg_live_%s", "Basic eA==", "Bearer", "\x00", "Bearer " + "x" * 9000]
)
def test_k01_what_is_no_key_is_refused_without_a_word(committed: None, header: str) -> None:
    response = new_client(authorization=header).get("/v1/decisions")
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "AUTHN-KEY-002"
