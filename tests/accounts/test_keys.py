"""API keys: never wider than who makes them, the secret shown once, one identity through every rotation (K03, K05)."""

import zlib
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import key_format
from accounts.models import ApiKey, ApiKeySecret
from accounts.services import keys
from accounts.services.keys import KeyRequest
from audit.models import AuditEvent, Decision
from tenants.credentials import credential_hash
from tenants.guard import NotGranted
from tenants.permissions import KEY_SCOPES, Permission, Role
from tenants.principal import Principal, PrincipalKind
from tests.people import Person, join


def _create(person: Person, *scopes: str, **options: object) -> tuple[ApiKey, str]:
    wanted = KeyRequest(name="k", scopes=scopes, **options)  # type: ignore[arg-type]  # options of several types
    return keys.create(person.may(Permission.KEYS_CREATE), wanted)


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.DEVELOPER])
def test_k03_a_key_carries_what_its_maker_may_and_a_key_can_hold(in_acme: Person, role: Role) -> None:
    maker = join(in_acme.organization, f"{role}@acme.example", role, role)
    own = {scope.value for scope in keys.grantable_scopes(maker.principal)}
    assert own <= {scope.value for scope in KEY_SCOPES}
    key, _ = _create(maker, *own)
    assert set(key.scopes) == own
    for scope in {permission.value for permission in Permission} - own:
        with pytest.raises(ValidationError):
            _create(maker, scope)
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize(
    "scope", ["*", "/*", "guard:*", "", "keys:create", "members:invite", "GUARD:CHECK", "guard:check "]
)
def test_k03_no_wildcard_and_no_management_is_a_scope(in_acme: Person, scope: str) -> None:
    with pytest.raises(ValidationError):
        _create(in_acme, scope)
    assert not ApiKey.objects.exists()


def test_no_scopes_are_nothing(in_acme: Person) -> None:
    key, _ = _create(in_acme)
    assert key.scopes == []


def test_k03_a_key_makes_no_keys(in_acme: Person) -> None:
    """Not by its scopes, and not by the verb either."""
    principal = Principal(
        PrincipalKind.API_KEY,
        "k",
        in_acme.organization.id,
        role=Role.OWNER,
        scopes=frozenset(Permission),
        user_id=None,
    )
    grant = in_acme.may(Permission.KEYS_CREATE)
    forged = type(grant)(principal, Permission.KEYS_CREATE, grant.decision_id)
    with pytest.raises(ValidationError, match="Only a person"):
        keys.create(forged, KeyRequest(name="k", scopes=[]))
    with pytest.raises(NotGranted):
        keys.create(in_acme.may(Permission.KEYS_READ), KeyRequest(name="k", scopes=[]))


def test_k05_the_secret_is_shown_once_and_stored_nowhere(in_acme: Person) -> None:
    key, secret = _create(in_acme, "guard:check")
    stored = ApiKeySecret.objects.get(key=key)
    assert bytes(stored.hash) == credential_hash(secret)
    assert secret.startswith(stored.prefix)
    assert secret.endswith(stored.last_four)
    body = secret[len("tg_test_") + 6 : -4]
    for model in (ApiKey, ApiKeySecret, AuditEvent, Decision):
        for row in model.objects.all():
            assert body not in str([getattr(row, field.attname) for field in row._meta.concrete_fields])


def test_a_rotation_keeps_the_key_and_adds_a_secret(in_acme: Person) -> None:
    key, former = _create(in_acme, "guard:check", requests_per_minute=7)
    rotated, secret = keys.rotate(in_acme.may(Permission.KEYS_ROTATE), key.id, timedelta(hours=1))
    assert secret != former
    assert (rotated.id, rotated.scopes, rotated.requests_per_minute) == (key.id, key.scopes, 7)
    by_hash = {bytes(row.hash): row.expires_at for row in ApiKeySecret.objects.filter(key=key)}
    assert by_hash[credential_hash(secret)] is None
    left = by_hash[credential_hash(former)] - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


def test_a_second_rotation_never_lengthens_a_secrets_life(in_acme: Person) -> None:
    key, former = _create(in_acme, "guard:check")
    keys.rotate(in_acme.may(Permission.KEYS_ROTATE), key.id, timedelta(minutes=5))
    first = ApiKeySecret.objects.get(hash=credential_hash(former)).expires_at
    keys.rotate(in_acme.may(Permission.KEYS_ROTATE), key.id, timedelta(days=7))
    assert ApiKeySecret.objects.get(hash=credential_hash(former)).expires_at == first


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=7, seconds=1)])
def test_an_overlap_beyond_the_bounds_is_refused(in_acme: Person, overlap: timedelta) -> None:
    key, _ = _create(in_acme)
    with pytest.raises(ValidationError):
        keys.rotate(in_acme.may(Permission.KEYS_ROTATE), key.id, overlap)
    assert ApiKeySecret.objects.filter(key=key).count() == 1


def test_a_revoked_key_is_neither_rotated_nor_revoked_again(in_acme: Person) -> None:
    key, _ = _create(in_acme)
    keys.revoke(in_acme.may(Permission.KEYS_REVOKE), key.id)
    with pytest.raises(ApiKey.DoesNotExist):
        keys.rotate(in_acme.may(Permission.KEYS_ROTATE), key.id)
    with pytest.raises(ApiKey.DoesNotExist):
        keys.revoke(in_acme.may(Permission.KEYS_REVOKE), key.id)
    assert AuditEvent.objects.filter(event="accounts:key:revoked").count() == 1


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_an_expiry_is_ahead_and_within_a_year(in_acme: Person, days: int) -> None:
    with pytest.raises(ValidationError):
        _create(in_acme, expires_at=timezone.now() + timedelta(days=days))


@pytest.mark.parametrize("address", ["x", "203.0.113.0/33", "203.0.113.1/24", "::1/129", "1.2.3", "' OR true"])
def test_what_is_no_network_is_refused(in_acme: Person, address: str) -> None:
    with pytest.raises(ValidationError):
        _create(in_acme, allowed_addresses=[address])


@pytest.mark.parametrize("rate", [0, -1, 100_001])
def test_a_rate_has_bounds(in_acme: Person, rate: int) -> None:
    with pytest.raises(ValidationError):
        _create(in_acme, requests_per_minute=rate)


@pytest.mark.parametrize("environment", ["prod", "", "LIVE"])
def test_a_key_is_live_or_test(in_acme: Person, environment: str) -> None:
    with pytest.raises(ValidationError):
        _create(in_acme, environment=environment)


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\u202eb", "a\x00b"])
def test_a_key_has_a_name_people_can_read(in_acme: Person, name: str) -> None:
    with pytest.raises(ValidationError):
        keys.create(in_acme.may(Permission.KEYS_CREATE), KeyRequest(name=name, scopes=[]))


@pytest.mark.parametrize("environment", ["live", "test"])
def test_a_key_proves_itself_by_its_checksum(environment: str) -> None:
    made = [key_format.generate(environment) for _ in range(50)]
    assert len(set(made)) == 50
    for key in made:
        assert key_format.is_well_formed(key)
        assert key.startswith(f"tg_{environment}_")
        for position in range(len(key)):
            changed = key[:position] + ("x" if key[position] != "x" else "y") + key[position + 1 :]
            assert not key_format.is_well_formed(changed)


def test_the_checksum_is_crc_32_in_base_62() -> None:
    body = "tg_live_" + "0" * key_format.SECRET_LENGTH
    number = zlib.crc32(body.encode())
    value = 0
    for digit in key_format.checksum(body):
        value = value * 62 + key_format.ALPHABET.index(digit)
    assert value == number


@pytest.mark.parametrize(
    "key", ["", "tg_", "tg_live_", "sk_live_" + "0" * 38, "tg_prod_" + "0" * 38, "tg_live_" + "é" * 38]
)
def test_what_is_no_key_is_not_well_formed(key: str) -> None:
    assert not key_format.is_well_formed(key)
