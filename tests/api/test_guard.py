"""``POST /v1/guard``, as a customer's application calls it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts import key_format
from accounts.models import ApiKeySecret, User
from accounts.services import keys
from audit.models import Decision
from promptguard.engine import engine
from promptguard.findings import Prompt, Report
from tenants.models import Membership, Organization
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.api.conftest import Application
from tests.people import Person

CLEAN = "Please write a short poem about the sea in autumn."


def _decisions(person: Person) -> list[Decision]:
    with org_scope(person.organization.id):
        return list(Decision.objects.filter(permission="guard:check").order_by("-created_at"))


def test_it_allows_clean_text_and_records_it(app: Application, olga: Person) -> None:
    response = app.post("/v1/guard", {"input": CLEAN})
    body = response.json()
    assert response.status_code == 200
    assert body["action"] == "allow"
    assert body["reason_codes"] == ["GRD-OK-001"]
    assert body["coverage"] == {"chars_total": len(CLEAN), "chars_scanned": len(CLEAN)}
    [decision] = _decisions(olga)
    assert decision.id == body["decision_id"] == response.headers["x-decision-id"]
    assert (decision.action, decision.principal_id) == ("allow", str(app.key.id))


def test_it_never_stores_the_text(app: Application, olga: Person) -> None:
    canary = "canaryword zebra quartz"
    app.post("/v1/guard", {"input": canary, "metadata": {"user": "u1"}})
    [decision] = _decisions(olga)
    assert "zebra" not in json.dumps([getattr(decision, f.attname) for f in Decision._meta.fields], default=str)
    assert len(bytes(decision.input_hash or b"")) == 32


def test_it_keeps_labels_without_what_is_personal(app: Application, olga: Person) -> None:
    sent = {"user": "jane@contoso.example", "trace": "t-1"}
    decision = app.post("/v1/guard", {"input": "Hello.", "metadata": sent}).json()
    assert decision["action"] == "allow"
    explained = app.get(f"/v1/decisions/{decision['decision_id']}/explain").content.decode()
    assert "jane" not in explained


def test_the_names_in_a_tool_are_texts_and_not_stored(app: Application, olga: Person) -> None:
    app.post("/v1/guard", {"input": "Hello.", "tools": [{"jane@contoso.example": {"x": "mail bob@contoso.example"}}]})
    [decision] = _decisions(olga)
    assert decision.findings["pii"] == {"EMAIL": 2}
    assert {source for source, *_ in decision.detail["spans"]} == {"tools[0]"}


def test_it_says_every_header(app: Application) -> None:
    headers = app.post("/v1/guard", {"input": CLEAN}, **{"x-request-id": "caller-id-1234"}).headers
    assert headers["x-request-id"] == "caller-id-1234"
    assert headers["x-guard-action"] == "allow"
    assert headers["x-guard-reason"] == "GRD-OK-001"
    assert headers["x-policy-version"] == "shipped-1"
    assert headers["RateLimit-Policy"] == '"rpm";q=600;w=60'
    assert headers["RateLimit"].startswith('"rpm";r=599;t=')
    assert headers["x-ratelimit-remaining-requests"] == "599"


def test_it_refuses_a_document_of_another_tenant(app: Application, eve: Person) -> None:
    document = {"id": "d1", "text": "minutes of a meeting", "org_id": str(eve.organization.id)}
    body = app.post("/v1/guard", {"input": "Summarise it.", "documents": [document]}).json()
    assert body["action"] == "block"
    assert "TEN-JOIN-004" in body["reason_codes"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#"),
        ({"input": "a", "messages": [{"role": "user", "content": "b"}]}, "#"),
        ({"input": 5}, "#/input"),
        ({"input": None}, "#"),
        ({"messages": []}, "#/messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "#/messages/0/role"),
        ({"messages": [{"role": "user", "content": 7}]}, "#/messages/0/content"),
        ({"messages": [{"content": "x"}]}, "#/messages/0/role"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "#/messages/0/content/0/type"),
        ({"messages": "x"}, "#/messages"),
        ({"messages": [{"role": "user", "content": "x"}] * 1001}, "#/messages"),
        ({"input": "x", "mode": "off"}, "#/mode"),
        ({"input": "x", "surprise": 1}, "#/surprise"),
        ({"input": "x", "documents": [{"id": "1"}]}, "#/documents/0/text"),
        ({"input": "x", "documents": [{"id": "1", "text": "t", "org_id": "no"}]}, "#/documents/0/org_id"),
        ({"input": "x", "return": ["everything"]}, "#/return/0"),
        ({"input": "x", "metadata": {"a": [1]}}, "#/metadata/a"),
        ({"input": "x", "tools": [1]}, "#/tools/0"),
        ([], "#"),
        ("text", "#"),
        (None, "#"),
    ],
)
def test_it_points_at_what_is_wrong(app: Application, olga: Person, body: Any, pointer: str) -> None:  # noqa: ANN401
    response = app.raw("/v1/guard", json.dumps(body).encode())
    problem = response.json()
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert problem["error"]["type"] == "invalid_request_error"
    assert _decisions(olga) == []


@pytest.mark.parametrize(
    "raw",
    [
        b" ",
        b"{",
        b'{"input": "a"} trailing',
        b'{"input": "\xff\xfe"}',
        b'{"input": "half \\ud800"}',
        b'{"input": NaN}',
        b"[" * 100_000,
        b'{"input":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    ],
    ids=["empty", "cut", "trailing", "no-utf8", "lone-surrogate", "nan", "deep-open", "deep"],
)
def test_it_refuses_what_is_not_json(app: Application, olga: Person, raw: bytes) -> None:
    response = app.raw("/v1/guard", raw)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"].startswith("#")
    assert _decisions(olga) == []


def test_it_points_at_half_a_surrogate_pair(app: Application) -> None:
    body = b'{"messages": [{"role": "user", "content": "ok"}, {"role": "user", "content": "x\\udc00"}]}'
    assert app.raw("/v1/guard", body).json()["errors"][0]["pointer"] == "#/messages/1/content"


def test_a_nul_in_the_text_is_checked_like_any_character(app: Application) -> None:
    response = app.post("/v1/guard", {"input": "a\0b", "metadata": {"k": "v\0"}})
    assert response.status_code == 200


def test_it_refuses_a_body_that_is_too_large_before_reading_it(app: Application) -> None:
    response = app.raw("/v1/guard", b'{"input": "' + b"a" * 10_000_000 + b'"}')
    assert response.status_code == 413
    assert "4,194,304" in response.json()["detail"]


def test_it_refuses_more_characters_than_it_scans(app: Application) -> None:
    response = app.post("/v1/guard", {"input": ["a" * 600_000, "b" * 600_000]})
    assert response.status_code == 413
    assert response.json()["error"]["reason_codes"] == ["SYS-REQ-002"]


def test_it_refuses_another_media_type(app: Application) -> None:
    assert app.raw("/v1/guard", b"input=x", "application/x-www-form-urlencoded").status_code == 415


def test_it_names_the_methods_it_takes(app: Application) -> None:
    response = app.get("/v1/guard")
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


def test_there_is_no_such_url(app: Application) -> None:
    assert app.get("/v1/nothing").status_code == 404


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ' OR '1'='1",
        "Basic dGc6dGc=",
        "Bearer tg_test_short",
        "Bearer \x00",
        "Bearer " + "x" * 5000,
    ],
)
def test_it_refuses_bad_keys(app: Application, authorization: str) -> None:
    response = Application(app.key, "").post("/v1/guard", {"input": CLEAN}, authorization=authorization)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["error"]["type"] == "authentication_error"


def test_a_key_that_was_never_made_and_a_revoked_one_look_the_same(app: Application, olga: Person) -> None:
    never = Application(app.key, key_format.generate("test")).post("/v1/guard", {"input": CLEAN})
    with org_scope(olga.organization.id):
        keys.revoke(olga.may(Permission.KEYS_REVOKE), app.key.id)
    revoked = app.post("/v1/guard", {"input": CLEAN})
    bodies = [response.json() for response in (never, revoked)]
    for body in bodies:
        body.pop("instance", None)
        body["error"].pop("decision_id")
    assert (never.status_code, revoked.status_code) == (401, 401)
    assert bodies[0] == bodies[1]


def test_a_revoked_key_is_refused_with_the_next_request_and_its_tenant_sees_why(app: Application, olga: Person) -> None:
    assert app.post("/v1/guard", {"input": CLEAN}).status_code == 200
    with org_scope(olga.organization.id):
        keys.revoke(olga.may(Permission.KEYS_REVOKE), app.key.id)
    assert app.post("/v1/guard", {"input": CLEAN}).status_code == 401
    assert _decisions(olga)[0].reason_codes == ["AUTHN-KEY-005"]


def test_a_rotated_key_goes_on_in_its_overlap_and_stops_after_it(app: Application, olga: Person) -> None:
    with org_scope(olga.organization.id):
        _, fresh = keys.rotate(olga.may(Permission.KEYS_ROTATE), app.key.id, timedelta(hours=1))
        assert app.post("/v1/guard", {"input": CLEAN}).status_code == 200
        assert Application(app.key, fresh).post("/v1/guard", {"input": CLEAN}).status_code == 200
        ends = ApiKeySecret.objects.exclude(expires_at=None)
        ends.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert app.post("/v1/guard", {"input": CLEAN}).status_code == 401
    assert Application(app.key, fresh).post("/v1/guard", {"input": CLEAN}).status_code == 200


def test_a_key_never_does_more_than_its_maker(olga: Person, max_: Person) -> None:
    made = Application(*max_.key(Permission.GUARD_CHECK))
    assert made.post("/v1/guard", {"input": CLEAN}).status_code == 200
    with org_scope(olga.organization.id):
        membership = Membership.objects.get(user=max_.user)
        membership.role = "viewer"
        membership.save()
    refused = made.post("/v1/guard", {"input": CLEAN})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTHZ-SCOPE-003")


def test_a_key_of_a_deactivated_person_stops(app: Application, olga: Person) -> None:
    assert app.post("/v1/guard", {"input": CLEAN}).status_code == 200
    User.objects.filter(pk=olga.user.pk).update(is_active=False)
    assert app.post("/v1/guard", {"input": CLEAN}).status_code == 403


def test_a_key_without_the_scope_is_refused(olga: Person) -> None:
    response = Application(*olga.key(Permission.MODELS_READ)).post("/v1/guard", {"input": CLEAN})
    assert response.status_code == 403
    assert response.json()["error"]["reason_codes"] == ["AUTHZ-SCOPE-002"]
    assert response.headers["x-decision-id"] == response.json()["error"]["decision_id"]


def test_a_suspended_organisation_is_told_so(app: Application, olga: Person) -> None:
    assert app.post("/v1/guard", {"input": CLEAN}).status_code == 200
    with org_scope(olga.organization.id):
        Organization.objects.update(status="suspended")
    response = app.post("/v1/guard", {"input": CLEAN})
    assert (response.status_code, response.json()["error"]["code"]) == (402, "TEN-STATE-001")


def test_a_key_is_only_good_from_its_addresses(olga: Person) -> None:
    elsewhere = Application(*olga.key(Permission.GUARD_CHECK, allowed_addresses=["203.0.113.0/24"]))
    assert elsewhere.post("/v1/guard", {"input": CLEAN}).status_code == 401
    here = Application(*olga.key(Permission.GUARD_CHECK, allowed_addresses=["127.0.0.0/8"]))
    assert here.post("/v1/guard", {"input": CLEAN}).status_code == 200


def test_a_forwarded_address_is_not_believed_without_a_trusted_proxy(olga: Person) -> None:
    application = Application(*olga.key(Permission.GUARD_CHECK, allowed_addresses=["203.0.113.7"]))
    response = application.post("/v1/guard", {"input": CLEAN}, **{"x-forwarded-for": "203.0.113.7"})
    assert response.status_code == 401


def test_it_stops_at_the_keys_rate_and_says_when_to_come_back(olga: Person) -> None:
    application = Application(*olga.key(Permission.GUARD_CHECK, requests_per_minute=3))
    answers = [application.post("/v1/guard", {"input": CLEAN}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 20
    assert answers[-1].json()["error"]["code"] == "LIM-RATE-001"
    assert answers[-1].headers["RateLimit"].startswith('"rpm";r=0;')


class _Broken:
    """A detector that cannot answer."""

    name, version = "broken", "1"

    def detect(self, prompt: Prompt) -> Report:
        raise MemoryError


def test_p08_a_detector_that_fails_refuses(app: Application, olga: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine(), "detectors", (*engine().detectors, _Broken()))
    body = app.post("/v1/guard", {"input": CLEAN}).json()
    assert (body["action"], body["reason_codes"]) == ("block", ["SYS-GRD-001"])
    assert body["coverage"]["chars_scanned"] == 0
    assert {
        "name": "broken",
        "version": "1",
        "ran": False,
        "ms": body["detectors"][-1]["ms"],
        "error": "MemoryError",
    } in (body["detectors"])
    assert _decisions(olga)[0].action == "block"


def test_a_key_sent_in_clear_is_refused_where_https_is_used(app: Application, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = app.post("/v1/guard", {"input": CLEAN})
    assert response.status_code == 400
    assert "https" in response.json()["detail"]


def test_m02_the_api_asks_for_https_for_good_where_it_is_used(app: Application, settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 63_072_000
    assert app.get("/v1/models").headers["strict-transport-security"].startswith("max-age=63072000")
