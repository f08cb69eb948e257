"""``Idempotency-Key``: a call that is sent again has its effect once and is answered with the same bytes."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services import keys
from audit import idempotency
from audit.models import Decision, IdempotencyClaim, KeptAnswer
from audit.recorder import RecordFailed
from audit.tasks import sweep_idempotency
from promptguard.api import effects
from promptguard.models import DecisionReport
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.api.conftest import Application
from tests.committed import *  # noqa: F403 (fixtures)
from tests.committed import new_owner
from tests.people import Person, new_client

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

BODY = {"input": "Please write to jane.miller@contoso.com.", "return": ["spans", "redacted"]}


def _keyed(app: Application, key: str, body: Any = None, path: str = "/v1/guard") -> "Response":  # noqa: ANN401 (JSON)
    return app.post(path, BODY if body is None else body, **{"idempotency-key": key})


def _recorded(person: Person, permission: str = "guard:check") -> int:
    with org_scope(person.organization.id):
        return Decision.objects.filter(permission=permission).count()


def _told(response: "Response") -> dict[str, str]:
    """Return the headers that tell of the decision."""
    names = ("x-decision-id", "x-policy-version", "x-guard-action", "x-guard-reason", "Content-Type")
    return {name: response.headers[name] for name in names}


def test_the_same_call_again_gets_the_same_bytes_and_no_second_decision(app: Application, olga: Person) -> None:
    first, again = _keyed(app, "order-1"), _keyed(app, "order-1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert _told(first) == _told(again)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert _recorded(olga) == 1


def test_without_the_header_nothing_is_kept(app: Application, olga: Person) -> None:
    assert app.post("/v1/guard", BODY).content != app.post("/v1/guard", BODY).content
    with org_scope(olga.organization.id):
        assert (IdempotencyClaim.objects.count(), KeptAnswer.objects.count()) == (0, 0)
    assert _recorded(olga) == 2


def test_moderations_are_kept_with_all_their_decisions(app: Application, olga: Person) -> None:
    body = {"input": ["a poem", "a song", "a letter"]}
    first, again = (_keyed(app, "m", body, "/v1/moderations") for _ in range(2))
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert _recorded(olga) == 3


def test_a_report_is_kept_with_its_status(app: Application, olga: Person) -> None:
    decision_id = app.post("/v1/guard", BODY).json()["decision_id"]
    path = f"/v1/decisions/{decision_id}/report"
    first, again = (_keyed(app, "r", {"expected_action": "allow"}, path) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert _recorded(olga, "decisions:report") == 1


@pytest.mark.parametrize(
    "body",
    [{"input": "x", "mode": "shadow"}, {"input": "y"}, {"input": "x", "metadata": {"n": 1}}, {"input": ["x"]}],
)
def test_another_body_under_the_same_key_is_refused(app: Application, olga: Person, body: dict[str, Any]) -> None:
    assert _keyed(app, "k", {"input": "x"}).status_code == 200
    refused = _keyed(app, "k", body)
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["error"]["code"] == "idempotency_key_reused"
    assert refused.json()["errors"][0]["pointer"] == "Idempotency-Key"
    assert _recorded(olga) == 1


def test_numbers_that_only_look_alike_are_other_bodies(app: Application) -> None:
    large = 10**400
    for index, (one, other) in enumerate([(1, 1.0), (1, "1"), (large, large + 1), (1, True)]):
        assert _keyed(app, f"n{index}", {"input": "x", "tools": [{"n": one}]}).status_code == 200
        assert _keyed(app, f"n{index}", {"input": "x", "tools": [{"n": other}]}).status_code == 422


def test_the_same_body_written_otherwise_is_the_same_call(app: Application) -> None:
    first = _keyed(app, "k", {"input": "caf\u00e9", "mode": "enforce"})
    raw = b'{ "mode":"enforce",\n "input": "caf\xc3\xa9" }'
    again = app.raw("/v1/guard", raw, **{"idempotency-key": '"k"'})
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.content == first.content


def test_the_same_key_at_another_decision_is_another_call(app: Application) -> None:
    made = [app.post("/v1/guard", BODY).json()["decision_id"] for _ in range(2)]
    statuses = [
        _keyed(app, "k", {"expected_action": "allow"}, f"/v1/decisions/{decision_id}/report").status_code
        for decision_id in made
    ]
    assert statuses == [201, 422]


GOOD = ["a", "x" * 255, "8e03978e-40d5-43dd-bc93-6894a57f9324", "a b, c; d=\\e", '"quoted"', r'"a \"b\" \\ c"', 'ab"c']
BAD = [
    "",
    " ",
    '""',
    "x" * 256,
    f'"{"x" * 256}"',
    '"open',
    '"a" trailing',
    r'"bad \escape"',
    "caf\u00e9",
    "tab\there",
    "\x7f",
]


@pytest.mark.parametrize("key", GOOD)
def test_a_key_is_bare_or_a_quoted_string(app: Application, key: str) -> None:
    assert _keyed(app, key).status_code == 200
    assert _keyed(app, key).headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", BAD)
def test_a_bad_key_is_refused_by_the_name_of_its_header(app: Application, olga: Person, key: str) -> None:
    refused = _keyed(app, key)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "Idempotency-Key"
    assert refused.json()["error"]["param"] == "Idempotency-Key"
    assert "Idempotency-Key" in refused.json()["detail"]
    assert _recorded(olga) == 0


def test_quoted_and_bare_are_the_same_key(app: Application) -> None:
    assert _keyed(app, "k").content == _keyed(app, '"k"').content


def test_a_read_takes_no_notice_of_it(app: Application) -> None:
    for _ in range(2):
        response = Application(app.key, app.secret).get("/v1/models")
        assert "Idempotent-Replayed" not in response.headers


def test_each_principal_operation_and_tenant_has_keys_of_its_own(
    app: Application, stranger: Application, olga: Person
) -> None:
    other = Application(*olga.key())
    answers = [_keyed(one, "same") for one in (app, other, stranger)]
    answers.append(_keyed(app, "same", {"input": "x"}, "/v1/moderations"))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert not [answer for answer in answers if "Idempotent-Replayed" in answer.headers]
    assert len({answer.headers["x-decision-id"] for answer in answers}) == 4


def test_a_rotated_key_is_still_the_same_principal(app: Application, olga: Person) -> None:
    first = _keyed(app, "k")
    with org_scope(olga.organization.id):
        _, fresh = keys.rotate(olga.may(Permission.KEYS_ROTATE), app.key.id, timedelta(hours=1))
    assert _keyed(Application(app.key, fresh), "k").content == first.content


def test_a_replay_needs_a_good_key_and_counts_against_its_rate(olga: Person) -> None:
    app = Application(*olga.key(Permission.GUARD_CHECK, requests_per_minute=2))
    assert [_keyed(app, "k").status_code for _ in range(3)] == [200, 200, 429]
    with org_scope(olga.organization.id):
        keys.revoke(olga.may(Permission.KEYS_REVOKE), app.key.id)
    assert _keyed(app, "k").status_code == 401


def test_what_had_no_effect_is_not_kept(app: Application, olga: Person) -> None:
    """A bad body, an unknown decision, too much text: mended, they may come again under the same key."""
    missing = "/v1/decisions/dec_01M84K73D2F3Q2BWJWAKYXYT7J/report"
    assert _keyed(app, "k", {"input": 5}).status_code == 400
    assert _keyed(app, "k", {"input": "x", "policy": "other"}).status_code == 400
    assert _keyed(app, "k", {"input": ["a" * 600_000, "b" * 600_000]}).status_code == 413
    assert _keyed(app, "k", {"expected_action": "allow"}, missing).status_code == 404
    with org_scope(olga.organization.id):
        assert (IdempotencyClaim.objects.count(), KeptAnswer.objects.count()) == (0, 0)
    assert _keyed(app, "k").status_code == 200


def test_a_decision_that_could_not_be_recorded_may_come_again(
    app: Application, olga: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RecordFailed

    with monkeypatch.context() as broken:
        broken.setattr(effects, "settle", refuse)
        assert _keyed(app, "k").status_code == 503
    assert _keyed(app, "k").status_code == 200
    assert _recorded(olga) == 1


def test_the_kept_answer_is_sealed(app: Application, olga: Person) -> None:
    answer = _keyed(app, "order of jane@example.com", BODY)
    with org_scope(olga.organization.id):
        row = KeptAnswer.objects.get()
        claim = IdempotencyClaim.objects.get()
    stored = json.dumps([[getattr(one, f.attname) for f in one._meta.fields] for one in (row, claim)], default=repr)
    for text in ("Please", "contoso", "jane", "order", answer.json()["decision_id"]):
        assert text not in stored


def test_it_is_kept_for_a_day(committed: None) -> None:
    olga = new_owner()
    app = Application(*olga.key())

    def age(by: timedelta) -> None:
        with org_scope(olga.organization.id):
            KeptAnswer.objects.update(created_at=timezone.now() - by)
            IdempotencyClaim.objects.update(created_at=timezone.now() - by)

    first = _keyed(app, "k")
    age(timedelta(hours=23, minutes=59))
    assert _keyed(app, "k").content == first.content
    age(timedelta(hours=24, seconds=1))
    assert _keyed(app, "k").content != first.content
    assert _recorded(olga) == 2


def test_what_is_past_its_day_is_swept_for_every_tenant(committed: None) -> None:
    owners = [new_owner(), new_owner()]
    for owner in owners:
        app = Application(*owner.key())
        for key in ("old", "new"):
            assert _keyed(app, key).status_code == 200
        with org_scope(owner.organization.id):
            old = KeptAnswer.objects.earliest("created_at").id
            KeptAnswer.objects.filter(id=old).update(created_at=timezone.now() - timedelta(days=2))
            IdempotencyClaim.objects.filter(id=old).update(created_at=timezone.now() - timedelta(days=2))
    assert sweep_idempotency() == 2
    assert sweep_idempotency() == 0
    for owner in owners:
        with org_scope(owner.organization.id):
            assert (IdempotencyClaim.objects.count(), KeptAnswer.objects.count()) == (1, 1)


def test_an_attempt_that_is_being_answered_makes_the_others_wait(committed: None) -> None:
    """A claim whose holder died is taken over after the longest that a request takes."""
    olga = new_owner()
    app = Application(*olga.key())
    assert _keyed(app, "k").status_code == 200
    with org_scope(olga.organization.id):
        KeptAnswer.objects.all().delete()
    waiting = _keyed(app, "k")
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (409, "1")
    assert waiting.json()["error"]["code"] == "idempotency_in_flight"
    assert _keyed(app, "k", {"input": "other"}).status_code == 422
    with org_scope(olga.organization.id):
        IdempotencyClaim.objects.update(created_at=timezone.now() - idempotency.LONGEST)
    assert _keyed(app, "k").status_code == 200
    assert _keyed(app, "k").headers["Idempotent-Replayed"] == "true"


def _calls_at_once(app: Application, calls: int, path: str, body: Any) -> list["Response"]:  # noqa: ANN401 (JSON)
    def call(_: int) -> "Response":
        try:
            return _keyed(app, "at-once", body, path)
        finally:
            connections.close_all()

    connections.close_all()  # the pool has a connection for each of 16 threads, and none for this one
    with ThreadPoolExecutor(calls) as threads:
        return list(threads.map(call, range(calls)))


@pytest.mark.parametrize(("path", "body"), [("/v1/guard", BODY), ("/v1/moderations", {"input": ["a", "b"]})])
def test_32_threads_with_one_key_make_one_decision(committed: None, path: str, body: dict[str, Any]) -> None:
    owner = new_owner()
    answers = _calls_at_once(Application(*owner.key()), 32, path, body)
    assert {answer.status_code for answer in answers} <= {200, 409}
    done = [answer for answer in answers if answer.status_code == 200]
    assert len({answer.content for answer in done}) == 1
    assert len([answer for answer in done if "Idempotent-Replayed" not in answer.headers]) == 1
    assert _recorded(owner) == (1 if path == "/v1/guard" else 2)


def test_32_threads_report_once(committed: None) -> None:
    owner = new_owner()
    app = Application(*owner.key())
    decision_id = app.post("/v1/guard", BODY).json()["decision_id"]
    answers = _calls_at_once(app, 32, f"/v1/decisions/{decision_id}/report", {"expected_action": "allow"})
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    with org_scope(owner.organization.id):
        assert DecisionReport.objects.count() == 1
    assert _recorded(owner, "decisions:report") == 1


@pytest.mark.parametrize("path", ["/v1/guard", "report"])
def test_an_attempt_that_was_taken_over_by_mistake_is_answered_as_the_other_was(
    committed: None, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """It was only slow: whoever records first is right, and the other's work is dropped, decision and all."""
    owner = new_owner()
    app = Application(*owner.key())
    body: dict[str, Any] = BODY
    if path == "report":
        path, body = (
            f"/v1/decisions/{app.post('/v1/guard', BODY).json()['decision_id']}/report",
            {"expected_action": "flag"},
        )
    before = _recorded(owner), _recorded(owner, "decisions:report")
    monkeypatch.setattr(idempotency, "LONGEST", timedelta(seconds=-1))  # every claim is taken over at once
    answers = _calls_at_once(app, 16, path, body)
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.content for answer in answers}) == 1
    after = _recorded(owner), _recorded(owner, "decisions:report")
    assert sum(after) - sum(before) == 1


def test_the_header_costs_one_statement_more(committed: None) -> None:
    app = Application(*new_owner().key())
    app.post("/v1/guard", BODY)
    plain = min((_asked(app) for _ in range(3)), key=len)
    keyed = min((_asked(app, **{"idempotency-key": secrets.token_hex(8)}) for _ in range(3)), key=len)
    assert plain == ["WITH", "SELECT", "SELECT"], "to count it, to hold what it costs, and to charge that"
    assert [word for word in keyed if word not in {"BEGIN", "COMMIT"}] == ["WITH", "WITH", "SELECT", "SELECT"]


def _asked(app: Application, **headers: str) -> list[str]:
    """Return the first words of what a call asks the database; what is cached for seconds may fall due meanwhile."""
    with CaptureQueriesContext(connection) as queries:
        assert app.post("/v1/guard", BODY, **headers).status_code == 200
    return [one["sql"].split()[0] for one in queries.captured_queries]


def test_the_description_names_it_for_every_post(db: None) -> None:
    described = new_client().get("/openapi.json").json()["paths"]
    for path, methods in described.items():
        for method, operation in methods.items():
            headers = [one["name"] for one in operation["parameters"] if one["in"] == "header"]
            assert headers == (["Idempotency-Key"] if method == "post" else []), path
            assert ({"409", "422"} <= set(operation["responses"])) == (method == "post")
    assert "<code>Idempotency-Key</code>" in new_client().get("/docs/api").content.decode()
