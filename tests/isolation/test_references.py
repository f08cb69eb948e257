"""A row cannot point at another organisation's row, and trying tells nothing (T03, T04, T05)."""

import secrets
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction

from accounts.models import ApiKey, ApiKeySecret
from promptguard.models import GuardPolicy
from tenants.models import Invitation, Membership
from tenants.scope import OrgForeignKey, org_scope
from tests.isolation.catalogue import Connection
from tests.isolation.down import Walls
from tests.isolation.estate import Estate, tenant_models
from tests.isolation.fingerprint import fingerprint

REFERENCES = [
    field for model in tenant_models() for field in model._meta.local_fields if isinstance(field, OrgForeignKey)
]


def _refusal(estate: Estate, key_id: uuid.UUID) -> str:
    """Return how the database refuses a secret for that key, without the values that the caller gave."""
    with org_scope(estate.org_id), pytest.raises(DatabaseError) as refused, transaction.atomic():
        ApiKeySecret.objects.create(key_id=key_id, hash=secrets.token_bytes(32), prefix="p", last_four="l")
    said = f"{type(refused.value).__name__}: {refused.value}"
    return said.replace(str(key_id), "…").replace(str(estate.org_id), "…")


def test_t03_t05_a_foreign_reference_is_refused_like_one_to_nothing(
    attacker: Estate, victim: Estate, walls: Walls, operator: Connection
) -> None:
    before = fingerprint(operator, victim.org_id)
    existing, missing = victim.rows[ApiKey].pk, uuid.uuid4()
    assert _refusal(attacker, existing) == _refusal(attacker, missing)
    assert fingerprint(operator, victim.org_id) == before


def test_t03_a_reference_cannot_be_moved_to_a_foreign_row(attacker: Estate, victim: Estate, walls: Walls) -> None:
    own = attacker.rows[ApiKeySecret]
    with org_scope(attacker.org_id):
        with pytest.raises(DatabaseError), transaction.atomic():
            ApiKeySecret.objects.filter(pk=own.pk).update(key_id=victim.rows[ApiKey].pk)
        assert ApiKeySecret.objects.get(pk=own.pk).key_id == attacker.rows[ApiKey].pk


@pytest.mark.parametrize("field", REFERENCES, ids=lambda field: f"{field.model.__name__}.{field.name}")
def test_t03_no_reference_can_be_moved_to_a_foreign_row(
    attacker: Estate, victim: Estate, walls: Walls, field: OrgForeignKey
) -> None:
    own, foreign = attacker.rows[field.model], victim.rows[field.related_model]
    with org_scope(attacker.org_id), pytest.raises(DatabaseError), transaction.atomic():
        field.model._default_manager.filter(pk=own.pk).update(**{field.attname: foreign.pk})


def test_t11_related_rows_stay_within_the_open_organisation(attacker: Estate, victim: Estate, walls: Walls) -> None:
    foreign_key, foreign_secret = victim.rows[ApiKey], victim.rows[ApiKeySecret]
    assert isinstance(foreign_key, ApiKey)
    assert isinstance(foreign_secret, ApiKeySecret)
    with org_scope(attacker.org_id):
        assert list(foreign_key.secrets.all()) == []
        assert foreign_key.secrets.count() == 0
        stale = ApiKeySecret(key_id=foreign_key.pk, org_id=victim.org_id)
        with pytest.raises(ApiKey.DoesNotExist):
            _ = stale.key
        found = ApiKeySecret.objects.select_related("key", "org", "key__created_by")
        assert {secret.key.org_id for secret in found} == {attacker.org_id}
        prefetched = ApiKey.objects.prefetch_related("secrets")
        assert {secret.org_id for key in prefetched for secret in key.secrets.all()} == {attacker.org_id}
        assert not ApiKey.objects.filter(secrets__last_four=foreign_secret.last_four, secrets__pk=foreign_secret.pk)
        assert ApiKey.objects.filter(secrets__org_id=victim.org_id).count() == 0


def _same(estate: Estate, model: type[models.Model], **values: Any) -> str:  # noqa: ANN401 (values of any field)
    try:
        with org_scope(estate.org_id), transaction.atomic():
            model._default_manager.create(**values)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return str(error)
    return "made"


def test_t04_a_value_that_another_tenant_uses_is_free(attacker: Estate, victim: Estate) -> None:
    """Names, addresses, versions and people: unique in one organisation at most."""
    key, invitation = victim.rows[ApiKey], victim.rows[Invitation]
    assert isinstance(key, ApiKey)
    assert isinstance(invitation, Invitation)
    maker = attacker.owner.user
    assert _same(attacker, ApiKey, name=key.name, scopes=[], created_by=maker) == "made"
    unlike = {"hash": secrets.token_bytes(32), "expires_at": invitation.expires_at}
    assert _same(attacker, Invitation, email=invitation.email, role="viewer", invited_by=maker, **unlike) == "made"
    assert _same(attacker, Membership, user=victim.owner.user, role="viewer") == "made"
    assert _same(attacker, GuardPolicy, version=10_000, rules={}, author="x") == "made"
    assert _same(victim, GuardPolicy, version=10_000, rules={}, author="x") == "made"


def test_t19_ids_tell_nothing_of_how_many_there_are(committed: None) -> None:
    for model in tenant_models():
        assert isinstance(model._meta.pk, models.UUIDField | models.CharField), model
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i') "
            "WHERE c.relkind = 'S' AND d.refobjid::regclass::text = ANY (%s)",
            [[model._meta.db_table for model in tenant_models()]],
        )
        assert cursor.fetchall() == []
