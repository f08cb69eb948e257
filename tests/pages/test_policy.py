"""The guard policy on its pages: a change makes a version, which is looked at before it counts; former ones return."""

import pytest
from django.test import Client
from django.urls import reverse

from promptguard.models import GuardPolicy
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.api.conftest import Application
from tests.people import Person, join

KIND = {
    "name": "ORDER_ID",
    "pattern": r"\bORD-\d{6}\b",
    "must_match": "Where is ORD-123456?\nORD-999999",
    "must_not_match": "ORD-12\nword-123456",
    "context": "",
    "score": "0.9",
    "action": "redact",
    "note": "orders",
}
TEXT = {"input": "Where is ORD-123456?", "return": ["spans", "redacted"]}


def _values(client: Client) -> dict[str, object]:
    form = client.get(reverse("policy")).context["form"]
    shown = {bound.html_name: bound.initial for _, *row in form.rows for bound in row[:2]}
    return shown | {"new_kind": "", "new_action": "flag", "new_threshold": "0.5"}


def _newest(person: Person) -> GuardPolicy:
    with org_scope(person.organization.id):
        row: GuardPolicy = GuardPolicy.objects.latest("version")
    return row


def _put_in_force(client: Client, row: GuardPolicy) -> None:
    assert client.post(reverse("policy_activate", args=[row.id])).status_code == 302


def _said(response: object) -> str:
    return " ".join(response.content.decode().split())  # type: ignore[attr-defined]  # more than the stubs know


def test_a_change_counts_once_its_version_is_put_in_force(olga: Person) -> None:
    application, client = Application(*olga.key()), olga.browser()
    text = {"input": "Write to jane.miller@contoso.com please.", "return": ["redacted"]}
    assert application.post("/v1/guard", text).json()["action"] == "block"
    client.post(reverse("policy_change"), _values(client) | {"pii-action": "redact", "note": "masks are enough"})
    row = _newest(olga)
    assert application.post("/v1/guard", text).json()["action"] == "block"
    page = _said(client.get(reverse("policy_version", args=[row.id])))
    assert "block from 0.5" in page
    assert "redact from 0.5" in page
    _put_in_force(client, row)
    answer = application.post("/v1/guard", text).json()
    assert (answer["action"], answer["policy"]["version"]) == ("redact", "policy-1")
    assert answer["redacted"]["input"] == "Write to [EMAIL_1] please."
    assert b"masks are enough" in client.get(reverse("policy")).content


def test_a_former_version_is_back_with_one_act(olga: Person) -> None:
    application, client = Application(*olga.key()), olga.browser()
    for action in ("allow", "flag"):
        client.post(reverse("policy_change"), _values(client) | {"pii-action": action})
        _put_in_force(client, _newest(olga))
    with org_scope(olga.organization.id):
        first = GuardPolicy.objects.get(version=1)
    assert "Roll back to this version" in _said(client.get(reverse("policy_version", args=[first.id])))
    _put_in_force(client, first)
    answer = application.post("/v1/guard", {"input": "Write to jane.miller@contoso.com please."}).json()
    assert (answer["action"], answer["policy"]["version"]) == ("allow", "policy-1")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"pii-threshold": "7"}, "less than or equal to 1"),
        ({"pii-action": "explode"}, "not one of the available choices"),
        ({"new_kind": "NO_SUCH"}, "No detector names this kind"),
    ],
)
def test_a_wrong_rule_is_refused_at_its_field(olga: Person, wrong: dict[str, str], said: str) -> None:
    client = olga.browser()
    answer = client.post(reverse("policy_change"), _values(client) | wrong)
    assert answer.status_code == 422
    assert said in _said(answer)
    with org_scope(olga.organization.id):
        assert not GuardPolicy.objects.exists()


def test_a_shipped_kind_gets_a_rule_of_its_own_and_loses_it(olga: Person) -> None:
    application, client = Application(*olga.key()), olga.browser()
    client.post(reverse("policy_change"), _values(client) | {"new_kind": "EMAIL", "new_action": "flag"})
    _put_in_force(client, _newest(olga))
    text = {"input": "Write to jane.miller@contoso.com please."}
    assert application.post("/v1/guard", text).json()["action"] == "flag"
    client.post(reverse("policy_change"), _values(client) | {"EMAIL-remove": "on"})
    _put_in_force(client, _newest(olga))
    assert application.post("/v1/guard", text).json()["action"] == "block"


def test_an_own_kind_is_found_masked_and_named(olga: Person) -> None:
    application, client = Application(*olga.key()), olga.browser()
    client.post(reverse("policy_kind_new"), KIND)
    assert "ORDER_ID: pattern" in _said(client.get(reverse("policy_version", args=[_newest(olga).id])))
    assert application.post("/v1/guard", TEXT).json()["action"] == "allow"
    _put_in_force(client, _newest(olga))
    answer = application.post("/v1/guard", TEXT).json()
    assert (answer["action"], answer["reason_codes"]) == ("redact", ["GRD-OWN-001"])
    assert answer["categories"]["custom"] is True
    assert answer["redacted"]["input"] == "Where is [ORDER_ID_1]?"
    [span] = answer["spans"]
    assert (span["start"], span["end"], span["kind"], span["category"]) == (9, 19, "ORDER_ID", "custom")
    played = client.post(reverse("playground"), {"text": TEXT["input"]})
    assert played.context["decision"].action == "redact"
    assert b"ORD-123456" in played.content


def test_an_own_kind_is_edited_under_a_new_name_and_removed(olga: Person) -> None:
    client = olga.browser()
    client.post(reverse("policy_kind_new"), KIND)
    client.post(reverse("policy_kind", args=["ORDER_ID"]), KIND | {"name": "ORDER_NUMBER", "action": "flag"})
    rules = _newest(olga).rules
    assert [kind["name"] for kind in rules["own"]] == ["ORDER_NUMBER"]
    assert "ORDER_ID" not in rules["kinds"]
    client.post(reverse("policy_kind_remove", args=["ORDER_NUMBER"]))
    assert _newest(olga).rules["own"] == []
    assert "ORDER_NUMBER" not in _newest(olga).rules["kinds"]
    assert client.get(reverse("policy_kind", args=["ORDER_NUMBER"])).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "order id"}, "Use 2 to 40 capitals"),
        ({"name": "EMAIL"}, "EMAIL is taken"),
        ({"pattern": "("}, "not a pattern that RE2 takes"),
        ({"pattern": r"(?=a)b"}, "no lookaround"),
        ({"pattern": r"(?:\d*)"}, "matches the empty string"),
        ({"pattern": r"\w+"}, "finds too much"),
        ({"pattern": r"(?:\pL{400}){2}"}, "too large"),
        ({"must_match": "nothing here"}, "“nothing here” is not found."),
        ({"must_not_match": "see ORD-123456"}, "“see ORD-123456” is found."),
        ({"context": "shipment"}, "A context word has to stand near it."),
        ({"must_match": ""}, "This field is required."),
        ({"score": "2"}, "less than or equal to 1"),
        ({"must_match": "\n".join(f"ORD-{n:06}" for n in range(21))}, "at most 20 items"),
    ],
)
def test_an_own_kind_that_does_not_do_what_it_says_is_refused(olga: Person, wrong: dict[str, str], said: str) -> None:
    answer = olga.browser().post(reverse("policy_kind_new"), KIND | wrong)
    assert answer.status_code == 422
    assert said in _said(answer)
    with org_scope(olga.organization.id):
        assert not GuardPolicy.objects.exists()


def test_denied_terms_are_found_whatever_their_case_and_not_inside_of_words(olga: Person) -> None:
    application, client = Application(*olga.key()), olga.browser()
    client.post(reverse("policy_terms"), {"terms": "Project  Falcon\nzephyr\n\nzephyr", "action": "block"})
    assert _newest(olga).rules["terms"] == ["Project Falcon", "zephyr"]
    _put_in_force(client, _newest(olga))
    found = application.post("/v1/guard", {"input": "When does PROJECT FALCON ship?"}).json()
    assert (found["action"], found["reason_codes"]) == ("block", ["GRD-OWN-002"])
    assert application.post("/v1/guard", {"input": "The zephyrs of spring are mild."}).json()["action"] == "allow"
    client.post(reverse("policy_terms"), {"terms": "", "action": "block"})
    assert "DENIED_TERM" not in _newest(olga).rules["kinds"]


def test_a_draft_is_gone_on_with_or_left_aside(olga: Person) -> None:
    client = olga.browser()
    client.post(reverse("policy_kind_new"), KIND)
    assert b"which is not in force" in client.get(reverse("policy")).content
    client.post(reverse("policy_change"), _values(client) | {"pii-action": "flag"})
    assert len(_newest(olga).rules["own"]) == 1
    client.post(reverse("policy_change"), _values(client) | {"base": "shipped", "pii-action": "flag"})
    assert _newest(olga).rules["own"] == []


@pytest.mark.parametrize("base", ["x", "00000000-0000-4000-8000-000000000000"])
def test_a_base_that_is_no_version_is_not_found(olga: Person, base: str) -> None:
    assert olga.browser().get(reverse("policy"), {"base": base}).status_code == 404


def test_who_may_only_read_sees_no_act(olga: Person) -> None:
    olga.browser().post(reverse("policy_kind_new"), KIND)
    reader = join(olga.organization, "ana@acme.example", "Ana Analyst", Role.ANALYST).browser()
    for url in (reverse("policy"), reverse("policy_version", args=[_newest(olga).id])):
        page = _said(reader.get(url))
        assert "Put in force</button>" not in page
        assert "Save as a new version" not in page
