"""What every answer of ``/v1`` has, whatever its status: headers, problem documents, and the description of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from django.db import OperationalError
from pytest_django import Settings

from accounts import key_format
from audit.idempotency import InFlight
from audit.models import Decision, KeptAnswer
from audit.recorder import RecordFailed
from promptguard.api import (
    effects,
    middleware,  # noqa: F401 (its import declares the operations)
)
from promptguard.api.operations import OPERATIONS, Callers, Operation
from promptguard.engine import engine
from tenants.models import Organization
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.api.conftest import Application
from tests.billing.ledger.conftest import MODEL, make_budget
from tests.people import Person, new_client

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

HELLO = {"input": "hello"}
OF_SERVICES = [operation for operation in OPERATIONS if operation.callers is not Callers.PEOPLE]
ALWAYS = {
    "x-request-id",
    "Content-Type",
    "Content-Length",
    "Cache-Control",
    "Content-Security-Policy",
    "x-content-type-options",
    "referrer-policy",
}
DECIDED = {"x-decision-id", "x-policy-version", "x-guard-action", "x-guard-reason"}
COUNTED = {
    "RateLimit",
    "RateLimit-Policy",
    "x-ratelimit-limit-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-requests",
}
Ask = Callable[[Application, Person, pytest.MonkeyPatch], "Response"]


def _decision(app: Application) -> str:
    made: str = app.post("/v1/guard", HELLO).json()["decision_id"]
    return made


def _suspended(app: Application, olga: Person, monkeypatch: pytest.MonkeyPatch) -> "Response":
    with org_scope(olga.organization.id):
        Organization.objects.update(status="suspended")
    return app.post("/v1/guard", HELLO)


def _limited(app: Application, olga: Person, monkeypatch: pytest.MonkeyPatch) -> "Response":
    once = Application(*olga.key(Permission.GUARD_CHECK, requests_per_minute=1))
    once.post("/v1/guard", HELLO)
    return once.post("/v1/guard", HELLO)


def _in_flight(app: Application, olga: Person, monkeypatch: pytest.MonkeyPatch) -> "Response":
    monkeypatch.setattr("promptguard.api.idempotency.claim", _raises(InFlight))
    return app.post("/v1/guard", HELLO, **{"idempotency-key": "k"})


def _reused(app: Application, olga: Person, monkeypatch: pytest.MonkeyPatch) -> "Response":
    app.post("/v1/guard", HELLO, **{"idempotency-key": "k"})
    return app.post("/v1/guard", {"input": "other"}, **{"idempotency-key": "k"})


def _raises(error: type[Exception]) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


def _failing(error: type[Exception]) -> Ask:
    def ask(app: Application, olga: Person, monkeypatch: pytest.MonkeyPatch) -> "Response":
        monkeypatch.setattr(effects, "settle", _raises(error))
        return app.post("/v1/guard", HELLO)

    return ask


def _without(app: Application, olga: Person, monkeypatch: pytest.MonkeyPatch) -> "Response":
    return Application(*olga.key(Permission.MODELS_READ)).post("/v1/guard", HELLO)


def _held(app: Application, olga: Person) -> str:
    """Return the path of a reservation for a model's call."""
    with org_scope(olga.organization.id):
        make_budget(olga)
    made = app.post("/v1/guard", HELLO | {"model": MODEL}).json()["usage"]["reservation"]["id"]
    return f"/v1/reservations/{made}"


def _ending(act: str, body: dict[str, int]) -> Ask:
    return lambda app, olga, _: app.post(f"{_held(app, olga)}/{act}", body, **{"idempotency-key": "k"})


ANSWERS: dict[str, tuple[int, set[str], Ask]] = {
    "guard": (200, DECIDED | COUNTED, lambda app, *_: app.post("/v1/guard", HELLO)),
    "moderations": (200, DECIDED | COUNTED, lambda app, *_: app.post("/v1/moderations", HELLO)),
    "models": (200, DECIDED | COUNTED, lambda app, *_: app.get("/v1/models")),
    "usage": (200, DECIDED | COUNTED, lambda app, *_: app.get("/v1/usage")),
    "list_decisions": (200, DECIDED | COUNTED, lambda app, *_: app.get("/v1/decisions")),
    "get_decision": (200, DECIDED | COUNTED, lambda app, *_: app.get(f"/v1/decisions/{_decision(app)}")),
    "explain_decision": (200, DECIDED | COUNTED, lambda app, *_: app.get(f"/v1/decisions/{_decision(app)}/explain")),
    "report_decision": (
        201,
        DECIDED | COUNTED,
        lambda app, *_: app.post(f"/v1/decisions/{_decision(app)}/report", {"expected_action": "block"}),
    ),
    "settle_reservation": (201, DECIDED | COUNTED, _ending("settle", {"tokens_in": 1, "tokens_out": 1})),
    "top_up_reservation": (201, DECIDED | COUNTED, _ending("top_up", {"tokens_out": 1})),
    "release_reservation": (201, DECIDED | COUNTED, _ending("release", {})),
    "without its key": (400, COUNTED, lambda app, *_: app.post("/v1/reservations/x/release", {})),
    "a bad body": (400, COUNTED, lambda app, *_: app.post("/v1/guard", {"input": 5})),
    "a bad parameter": (400, COUNTED, lambda app, *_: app.get("/v1/decisions", limit="x")),
    "no key": (401, {"WWW-Authenticate"}, lambda app, *_: new_client().get("/v1/models")),
    "an unknown key": (
        401,
        {"WWW-Authenticate"},
        lambda app, *_: Application(app.key, key_format.generate("live")).get("/v1/models"),
    ),
    "suspended": (402, DECIDED | COUNTED, _suspended),
    "no scope": (403, DECIDED | COUNTED, _without),
    "no such decision": (404, COUNTED, lambda app, *_: app.get("/v1/decisions/dec_01M84K73D2F3Q2BWJWAKYXYT7J")),
    "no such address": (404, set(), lambda app, *_: app.get("/v1/nothing")),
    "another method": (405, {"Allow"}, lambda app, *_: app.get("/v1/guard")),
    "in flight": (409, COUNTED | {"Retry-After"}, _in_flight),
    "too large": (413, set(), lambda app, *_: app.raw("/v1/guard", b" " * 5_000_000)),
    "too many texts": (413, COUNTED, lambda app, *_: app.post("/v1/guard", {"input": ["a" * 600_000, "b" * 600_000]})),
    "another type": (415, set(), lambda app, *_: app.raw("/v1/guard", b"x", "text/plain")),
    "a key reused": (422, COUNTED, _reused),
    "limited": (429, DECIDED | COUNTED | {"Retry-After"}, _limited),
    "a failure": (500, COUNTED, _failing(ZeroDivisionError)),
    "no database": (503, COUNTED, _failing(OperationalError)),
    "not recorded": (503, COUNTED, _failing(RecordFailed)),
}
AGAIN = {409, 429, 500, 503}
"""What may succeed when it is sent again, and is said to: `x-should-retry`."""


def _handled(response: "Response") -> set[str]:
    """Return the names of the headers, those of our tables in our spelling."""
    known = {name.lower(): name for name in ALWAYS | DECIDED | COUNTED | {"WWW-Authenticate", "Allow", "Retry-After"}}
    return {known.get(name.lower(), name.lower()) for name in response.headers}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_has_its_headers(
    app: Application, olga: Person, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    status, further, ask = ANSWERS[name]
    response = ask(app, olga, monkeypatch)
    assert response.status_code == status
    found = _handled(response)
    assert found >= ALWAYS | further
    said = (DECIDED | COUNTED) - {"x-guard-reason"}  # an error may have a reason without a decision
    assert found & said == further & said, "no more than is true"
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies
    if "x-decision-id" in response.headers:
        _is_recorded(response, olga)


def _is_recorded(response: "Response", olga: Person) -> None:
    with org_scope(olga.organization.id):
        row = Decision.objects.get(id=response.headers["x-decision-id"])
    headers = [response.headers[name] for name in ("x-guard-action", "x-guard-reason", "x-policy-version")]
    assert headers == [row.action, ", ".join(row.reason_codes), row.policy_version]
    assert row.request_id == response.headers["x-request-id"]


@pytest.mark.parametrize("name", [name for name, (status, *_) in ANSWERS.items() if status >= 400])
def test_every_error_is_a_problem_document_and_openais_object(
    app: Application, olga: Person, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    status, _, ask = ANSWERS[name]
    response = ask(app, olga, monkeypatch)
    problem = response.json()
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["x-should-retry"] == ("true" if status in AGAIN else "false")
    assert set(problem) - {"instance", "limit"} == {"type", "title", "status", "detail", "error", "errors"}
    assert set(problem["error"]) == {"message", "type", "param", "code", "decision_id", "reason_codes"}
    assert (problem["status"], problem["error"]["message"]) == (status, problem["detail"])
    assert problem["error"]["code"]
    page, _, anchor = problem["type"].partition("/docs/problems")
    assert page.startswith("http")
    assert f'id="{anchor[1:]}"' in new_client().get("/docs/problems").content.decode()
    decision = problem["error"]["decision_id"]
    assert problem.get("instance") == (f"/v1/decisions/{decision}" if decision else None)
    assert response.headers.get("x-decision-id") == decision
    if problem["errors"]:
        assert problem["error"]["param"] or problem["errors"][0]["pointer"] == "#"


def test_the_limits_count_down(olga: Person) -> None:
    application = Application(*olga.key(Permission.MODELS_READ, requests_per_minute=60))
    for left in (59, 58, 57):
        headers = application.get("/v1/models").headers
        assert headers["RateLimit-Policy"] == '"rpm";q=60;w=60'
        assert headers["RateLimit"].startswith(f'"rpm";r={left};t=')
        assert headers["x-ratelimit-limit-requests"] == "60"
        assert headers["x-ratelimit-remaining-requests"] == str(left)
        assert headers["x-ratelimit-reset-requests"].endswith("s")


def _described() -> dict[str, Any]:
    described: dict[str, Any] = orjson.loads(new_client().get("/openapi.json").content)
    return described


def test_the_description_names_every_status_there_is(db: None) -> None:
    described = _described()["paths"]
    body = {"400", "401", "402", "403", "409", "411", "413", "415", "422", "429", "500", "503"}
    for operation in OPERATIONS:
        responses = set(described[operation.path][operation.method.lower()]["responses"])
        wanted = body if operation.body else {"400", "401", "402", "403", "429", "500", "503"}
        found = {"404"} if "{" in operation.path else set()
        assert responses == wanted | found | {"201" if operation.writes else "200"}


def _members(described: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    name = schema["$ref"].rpartition("/")[2]
    return set(described["components"]["schemas"][name]["properties"])


@pytest.mark.parametrize("operation", OF_SERVICES, ids=lambda operation: str(operation.handler.__name__))
def test_answers_are_as_described(
    app: Application, olga: Person, monkeypatch: pytest.MonkeyPatch, operation: Operation
) -> None:
    status, _, ask = ANSWERS[operation.handler.__name__]
    response = ask(app, olga, monkeypatch)
    assert operation.answer is not None
    operation.answer.model_validate_json(response.content)
    described = _described()
    schema = described["paths"][operation.path][operation.method.lower()]["responses"][str(status)]
    assert set(response.json()) <= _members(described, schema["content"]["application/json"]["schema"])


def test_problems_are_as_described(app: Application) -> None:
    problem = app.post("/v1/guard", {"input": 5}).json()
    schema = _described()["components"]["schemas"]["Problem"]
    assert set(schema["required"]) <= set(problem) <= set(schema["properties"])
    assert set(problem["error"]) == set(schema["properties"]["error"]["properties"])


def test_it_says_that_it_lives_and_that_it_is_ready(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    client = new_client()
    assert (client.get("/healthz").status_code, client.get("/healthz").json()) == (200, {"status": "ok"})
    assert client.get("/readyz").json() == {"status": "ok", "database": True, "guard": True, "static": True}
    monkeypatch.setattr(engine(), "detectors", ())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["guard"]) == (503, False)


def test_metrics_tell_of_calls_and_not_of_callers(app: Application, olga: Person, settings: Settings) -> None:
    app.post("/v1/guard", HELLO, **{"idempotency-key": "k"})
    app.post("/v1/guard", HELLO, **{"idempotency-key": "k"})
    client = new_client()
    told = client.get("/metrics").content.decode()
    assert 'tidegate_api_requests_total{path="/v1/guard",status="200"}' in told
    assert 'tidegate_guard_actions_total{action="allow"}' in told
    for value in (app.secret, str(app.key.id), str(olga.organization.id), olga.organization.slug):
        assert value not in told
    assert client.get("/metrics", headers={"x-forwarded-for": "203.0.113.7"}).status_code == 401
    settings.METRICS_TOKEN = "a token of this test"
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer another token"}).status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer a token of this test"}).status_code == 200


def test_a_replay_is_counted_as_a_call_and_not_as_a_decision(app: Application, olga: Person) -> None:
    usage = [app.get("/v1/usage").json()["data"][-1]["calls"]]
    for _ in range(3):
        app.post("/v1/guard", HELLO, **{"idempotency-key": "k"})
    usage.append(app.get("/v1/usage").json()["data"][-1]["calls"])
    assert usage[1] - usage[0] == 1
    with org_scope(olga.organization.id):
        assert KeptAnswer.objects.count() == 1
