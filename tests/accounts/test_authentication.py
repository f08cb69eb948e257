"""Who a key is: remembered by each worker, and never longer than its organisation and its maker stay as they were.

Each change below is made on a connection of its own and committed; the worker that remembers the key is this process.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import authentication, key_format
from accounts.models import ApiKey, ApiKeySecret, User
from accounts.services import keys
from audit.models import Decision
from tenants.models import Membership, Organization
from tenants.permissions import Permission, Role
from tenants.scope import org_scope
from tenants.services import members
from tests.committed import new_member, new_owner
from tests.people import Person, new_client

MODELS = "/v1/models"


def _get(secret: str, path: str = MODELS, **environ: str) -> HttpResponse:
    return new_client(authorization=f"Bearer {secret}").get(path, **environ)  # type: ignore[return-value,arg-type]  # the stubs know a narrower type


def _code(response: HttpResponse) -> str:
    body: dict[str, Any] = response.json()  # type: ignore[attr-defined]  # more than the stubs know
    return str(body["error"]["code"])


def _reasons(person: Person) -> list[str]:
    with org_scope(person.organization.id):
        return list(
            Decision.objects.filter(action="deny").order_by("created_at").values_list("reason_codes", flat=True)
        )[-1]


def _revoke(maker: Person, key: ApiKey) -> None:
    keys.revoke(maker.may(Permission.KEYS_REVOKE), key.id)


def _expire(maker: Person, key: ApiKey) -> None:
    ApiKey.objects.filter(id=key.id).update(expires_at=timezone.now())


def _expire_secret(maker: Person, key: ApiKey) -> None:
    keys.rotate(maker.may(Permission.KEYS_ROTATE), key.id, timedelta())


def _delete(maker: Person, key: ApiKey) -> None:
    ApiKeySecret.objects.filter(key=key).delete()


def _bind_elsewhere(maker: Person, key: ApiKey) -> None:
    ApiKey.objects.filter(id=key.id).update(allowed_addresses=["198.51.100.0/24"])


def _deactivate_maker(maker: Person, key: ApiKey) -> None:
    User.objects.filter(pk=maker.user.pk).update(is_active=False)


def _remove_maker(maker: Person, key: ApiKey) -> None:
    Membership.objects.filter(user=maker.user).delete()


def _demote_maker(maker: Person, key: ApiKey) -> None:
    Membership.objects.filter(user=maker.user).update(role=Role.FINANCE)


def _take_scope(maker: Person, key: ApiKey) -> None:
    ApiKey.objects.filter(id=key.id).update(scopes=["usage:read"])


def _suspend(maker: Person, key: ApiKey) -> None:
    Organization.objects.update(status="suspended")


CHANGES: dict[Callable[[Person, ApiKey], None], tuple[int, str, str]] = {
    _revoke: (401, "AUTHN-KEY-003", "AUTHN-KEY-005"),
    _expire: (401, "AUTHN-KEY-003", "AUTHN-KEY-004"),
    _expire_secret: (401, "AUTHN-KEY-003", "AUTHN-KEY-004"),
    _delete: (401, "AUTHN-KEY-003", "AUTHN-KEY-003"),
    _bind_elsewhere: (401, "AUTHN-KEY-003", "AUTHN-KEY-006"),
    _deactivate_maker: (403, "AUTHN-KEY-008", "AUTHN-KEY-008"),
    _remove_maker: (403, "AUTHN-KEY-008", "AUTHN-KEY-008"),
    _demote_maker: (403, "AUTHZ-SCOPE-003", "AUTHZ-SCOPE-003"),
    _take_scope: (403, "AUTHZ-SCOPE-002", "AUTHZ-SCOPE-002"),
    _suspend: (402, "TEN-STATE-001", "TEN-STATE-001"),
}
"""What is changed, and then: the status, the reason told, the reason in the tenant's own record."""


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_k04_k08_t20_a_change_counts_with_the_next_request(
    committed: None, change: Callable[[Person, ApiKey], None]
) -> None:
    owner = new_owner()
    maker = new_member(owner, Role.DEVELOPER)
    key, secret = maker.key()
    assert _get(secret).status_code == 200
    assert _get(secret).status_code == 200
    with org_scope(owner.organization.id):
        change(maker, key)
    status, told, recorded = CHANGES[change]
    response = _get(secret)
    assert (response.status_code, _code(response)) == (status, told)
    assert _reasons(owner) == [recorded]
    assert _get(secret).status_code == status


def test_a_new_limit_of_its_organisation_counts_after_the_next_request(committed: None) -> None:
    """The next one tells the worker: it is counted and asked about in one statement."""
    owner = new_owner()
    _, secret = owner.key()
    assert [_get(secret).status_code for _ in range(2)] == [200, 200]
    with org_scope(owner.organization.id):
        Organization.objects.update(requests_per_minute=1)
    assert [_get(secret).status_code for _ in range(2)][1] == 429


def test_t20_a_reinstated_organisations_keys_work_again(committed: None) -> None:
    owner = new_owner()
    _, secret = owner.key()
    for status, expected in (("suspended", 402), ("active", 200)):
        with org_scope(owner.organization.id):
            Organization.objects.update(status=status)
        assert _get(secret).status_code == expected


def test_a_key_acts_with_its_makers_new_role(committed: None) -> None:
    owner = new_owner()
    maker = new_member(owner, Role.DEVELOPER)
    _, secret = maker.key(Permission.MODELS_READ)
    with org_scope(owner.organization.id):
        membership = Membership.objects.get(user=maker.user)
        members.change_role(owner.may(Permission.MEMBERS_CHANGE), membership.id, Role.FINANCE)
        assert _get(secret).status_code == 403
        members.change_role(owner.may(Permission.MEMBERS_CHANGE), membership.id, Role.VIEWER)
    assert _get(secret).status_code == 200


def test_both_secrets_work_during_the_overlap_as_one_key(committed: None) -> None:
    owner = new_owner()
    key, former = owner.key()
    with org_scope(owner.organization.id):
        _, secret = keys.rotate(owner.may(Permission.KEYS_ROTATE), key.id, timedelta(hours=1))
    answers = [_get(former), _get(secret)]
    assert [answer.status_code for answer in answers] == [200, 200]
    remaining = [int(answer.headers["x-ratelimit-remaining-requests"]) for answer in answers]
    assert remaining == [599, 598], "the counters are the key's, not the secret's"
    with org_scope(owner.organization.id):
        by = Decision.objects.filter(permission="models:read").values_list("principal_id", flat=True)
        assert set(by) == {str(key.id)}


def test_another_organisations_change_leaves_the_memory_alone(committed: None) -> None:
    owner, other = new_owner(), new_owner()
    _, secret = owner.key()
    _get(secret)
    before = authentication._remembered[authentication.presented(f"Bearer {secret}")]
    key, _ = other.key()
    with org_scope(other.organization.id):
        keys.revoke(other.may(Permission.KEYS_REVOKE), key.id)
    _get(secret)
    assert authentication._remembered[authentication.presented(f"Bearer {secret}")] is before


def test_the_addresses_a_key_may_come_from(committed: None) -> None:
    owner = new_owner()
    _, secret = owner.key(allowed_addresses=["203.0.113.0/24", "2001:db8::/32"])
    for address, status in {
        "203.0.113.7": 200,
        "2001:db8::1": 200,
        "203.0.114.7": 401,
        "::1": 401,
        "": 401,
        "x": 401,
    }.items():
        assert _get(secret, REMOTE_ADDR=address).status_code == status, address


def test_r04_a_header_does_not_move_the_caller(committed: None) -> None:
    """With no proxy configured X-Forwarded-For is what anybody may write."""
    owner = new_owner()
    _, secret = owner.key(allowed_addresses=["203.0.113.0/24"])
    forged = new_client(**{"authorization": f"Bearer {secret}", "x-forwarded-for": "203.0.113.7"})
    assert forged.get(MODELS, REMOTE_ADDR="198.51.100.1").status_code == 401


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "AUTHN-KEY-001"),
        ("Bearer", "AUTHN-KEY-002"),
        ("Bearer tg_live_short", "AUTHN-KEY-002"),
        ("Basic dXNlcjpwYXNz", "AUTHN-KEY-002"),
        pytest.param("Bearer " + key_format.generate("live"), "AUTHN-KEY-003", id="live"),
        pytest.param("bearer " + key_format.generate("test"), "AUTHN-KEY-003", id="test"),
    ],
)
def test_who_is_not_known_is_told_so(committed: None, header: str, code: str) -> None:
    response = new_client(**({"authorization": header} if header else {})).get(MODELS)
    assert (response.status_code, _code(response)) == (401, code)  # type: ignore[arg-type]  # of a wider type on purpose
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_unknown_key_and_a_dead_one_get_one_answer(committed: None) -> None:
    owner = new_owner()
    key, secret = owner.key()
    with org_scope(owner.organization.id):
        keys.revoke(owner.may(Permission.KEYS_REVOKE), key.id)
    dead, unknown = (_get(one).json() for one in (secret, key_format.generate("test")))  # type: ignore[attr-defined]  # more than the stubs know
    for answer in (dead, unknown):
        answer.pop("instance", None)
        answer["error"].pop("decision_id")
    assert dead == unknown


def test_the_path_of_a_remembered_key_is_one_statement_and_the_record(committed: None) -> None:
    """Admission (limits and stamps) is one statement; the decision goes through the recorder's own connection."""
    owner = new_owner()
    _, secret = owner.key()
    assert _get(secret).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        assert _get(secret).status_code == 200
    assert [query["sql"].split()[0] for query in queries.captured_queries] == ["WITH"]
    with org_scope(owner.organization.id):
        assert Decision.objects.filter(permission="models:read").count() == 2


def test_the_memory_has_a_bound(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "REMEMBERED", 3)
    owner = new_owner()
    for _ in range(5):
        _, secret = owner.key()
        _get(secret)
        assert len(authentication._remembered) <= 3
