"""The verbs of services: nobody gives more than they have, keys overlap, what ends is told of, and all is on record."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.utils import timezone
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from accounts.workloads import identities, keys, public_keys, tasks
from accounts.workloads.assertions import authenticate
from accounts.workloads.errors import Rejected
from accounts.workloads.identities import ServiceRequest
from accounts.workloads.models import ServiceIdentity, ServiceKey
from audit.events import Event
from audit.models import AuditEvent
from audit.outbox import drain
from tenants.guard import Grant, NotGranted, Refused
from tenants.models import Membership
from tenants.permissions import Permission, Role
from tenants.scope import NOBODY, ScopeMissing, open_scope
from tests.accounts.workloads.services import ENDPOINT, Service, new_service
from tests.people import Person, join


def _grant(service: Service) -> Grant:
    return service.person.may(Permission.SERVICES_CHANGE)


def _mails() -> list[EmailMessage]:
    """Deliver what is owed and return it, emptying the box."""
    drain()
    sent, mail.outbox = list(mail.outbox), []
    return sent


def _wanted(owner: Person, *scopes: Permission, **values: object) -> ServiceRequest:
    asked = [scope.value for scope in scopes]
    return ServiceRequest(name="Batch", scopes=asked, owner_id=owner.user.pk, **values)  # type: ignore[arg-type]  # options of several types


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.OWNER, Role.ADMIN}])
def test_only_owners_and_admins_change_services(in_acme: Person, role: Role) -> None:
    person = join(in_acme.organization, "p@acme.example", "Pat", role)
    with pytest.raises(Refused):
        person.may(Permission.SERVICES_CHANGE)


def test_a_verb_takes_no_other_grant(service: Service) -> None:
    other = service.person.may(Permission.SERVICES_READ)
    for verb in (identities.disable, identities.enable, keys.generate):
        with pytest.raises(NotGranted):
            verb(other, service.row.id)


def test_k03_no_scope_beyond_what_a_key_may_carry(in_acme: Person) -> None:
    for scope in (Permission.SERVICES_CHANGE, Permission.KEYS_CREATE, Permission.MEMBERS_READ):
        with pytest.raises(ValidationError) as wrong:
            identities.create(in_acme.may(Permission.SERVICES_CHANGE), _wanted(in_acme, scope))
        assert list(wrong.value.message_dict) == ["scopes"]
    assert ServiceIdentity.objects.count() == 0


def test_k03_the_owner_must_hold_what_the_service_gets(in_acme: Person) -> None:
    vera = join(in_acme.organization, "vera@acme.example", "Vera", Role.VIEWER)
    grant = in_acme.may(Permission.SERVICES_CHANGE)
    with pytest.raises(ValidationError) as wrong:
        identities.create(grant, _wanted(vera, Permission.GUARD_CHECK))
    assert wrong.value.message_dict == {"owner": ["The role of Vera does not grant guard:check."]}
    assert identities.create(grant, _wanted(vera, Permission.USAGE_READ)).owner == vera.user


def test_the_owner_is_a_member_of_this_organisation(in_acme: Person, eve: Person) -> None:
    for stranger in (eve.user.pk, uuid.uuid4()):
        wanted = ServiceRequest(name="Batch", scopes=[], owner_id=stranger)
        with pytest.raises(ValidationError) as wrong:
            identities.create(in_acme.may(Permission.SERVICES_CHANGE), wanted)
        assert list(wrong.value.message_dict) == ["owner"]


WRONG: dict[str, dict[str, Any]] = {
    "name": {"name": " "},
    "environment": {"environment": "x"},
    "requests_per_minute": {"requests_per_minute": 0},
}


@pytest.mark.parametrize("field", WRONG)
def test_what_is_wrong_is_said_by_field(in_acme: Person, field: str) -> None:
    values: dict[str, Any] = {"name": "Batch", "scopes": [], "owner_id": in_acme.user.pk}
    values |= WRONG[field]
    with pytest.raises(ValidationError) as wrong:
        identities.create(in_acme.may(Permission.SERVICES_CHANGE), ServiceRequest(**values))
    assert list(wrong.value.message_dict) == [field]


def test_a_change_counts_and_is_on_record(service: Service, max_: Person) -> None:
    changed = identities.change(_grant(service), service.row.id, _wanted(max_, Permission.GUARD_CHECK))
    assert (changed.name, changed.scopes, changed.owner) == ("Batch", ["guard:check"], max_.user)
    events = set(AuditEvent.objects.filter(target=str(service.row.id)).values_list("event", flat=True))
    assert {Event.SERVICE_CHANGED.value, Event.SERVICE_TRANSFERRED.value} <= events


def test_a_service_that_was_passed_on_outlives_its_former_owner(service: Service, max_: Person) -> None:
    service = new_service(service.person, Permission.GUARD_CHECK)
    identities.transfer(_grant(service), service.row.id, max_.user.pk)
    Membership.objects.filter(user=service.person.user).delete()
    assert authenticate(service.assertion(), ENDPOINT).owner_id == max_.user.pk


def test_a_service_is_not_passed_to_whoever_may_less(service: Service, max_: Person) -> None:
    """Max, a developer, may not read the audit log, which the service may."""
    with pytest.raises(ValidationError):
        identities.transfer(_grant(service), service.row.id, max_.user.pk)
    assert ServiceIdentity.objects.get().owner == service.person.user


def test_whoever_passes_it_on_gives_its_scopes_anew(service: Service) -> None:
    """An admin hands out what an admin has; were there a scope beyond that, they could not."""
    anna = join(service.person.organization, "anna@acme.example", "Anna", Role.ADMIN)
    ServiceIdentity.objects.update(scopes=["billing:change"])
    with pytest.raises(ValidationError) as wrong:
        identities.transfer(anna.may(Permission.SERVICES_CHANGE), service.row.id, anna.user.pk)
    assert list(wrong.value.message_dict) == ["scopes"]


def test_a_disabled_service_comes_back_without_its_tokens(service: Service) -> None:
    disabled = identities.disable(_grant(service), service.row.id)
    assert disabled.tokens_from is not None
    enabled = identities.enable(_grant(service), service.row.id)
    assert (enabled.disabled_at, enabled.tokens_from) == (None, disabled.tokens_from)


def test_a_private_key_that_was_made_here_is_nowhere(service: Service) -> None:
    key, made = keys.generate(_grant(service), service.row.id)
    secret = ECKey.import_key(made.pem).as_dict(private=True)["d"]
    drain()
    told = "".join(message.message().as_string() for message in mail.outbox)
    rows = [str(vars(row)) for model in (ServiceKey, AuditEvent) for row in model.objects.all()]
    assert str(secret) not in told + "".join(rows)
    assert key.jwk == ECKey.import_key(made.pem).as_dict(private=False) | key.jwk
    assert "d" not in key.jwk
    assert made.jwk.count('"d"') == 1


def test_every_bound_of_keys(service: Service) -> None:
    with pytest.raises(ValidationError):
        keys.upload(_grant(service), service.row.id, service.private.as_pem(private=False).decode())  # the same again
    with pytest.raises(ValidationError):
        keys.generate(_grant(service), service.row.id, timezone.now() + timedelta(days=367))
    for _ in range(keys.MOST_LIVING - 1):
        keys.generate(_grant(service), service.row.id)
    with pytest.raises(ValidationError):
        keys.generate(_grant(service), service.row.id)
    keys.revoke(_grant(service), service.row.id, service.key.id)
    keys.generate(_grant(service), service.row.id)
    with pytest.raises(ValidationError):  # nor does a key that was revoked come back
        keys.upload(_grant(service), service.row.id, service.private.as_pem(private=False).decode())


def test_a_rotation_overlaps(service: Service) -> None:
    key, _ = keys.generate(_grant(service), service.row.id)
    assert keys.end_former(_grant(service), key, timedelta(hours=24)) == 1
    assert authenticate(service.assertion(), ENDPOINT).id == service.row.id
    former = ServiceKey.objects.get(id=service.key.id)
    assert former.expires_at is not None
    assert former.state == "expiring"
    assert keys.end_former(_grant(service), key, timedelta()) == 1
    with pytest.raises(Rejected):
        authenticate(service.assertion(), ENDPOINT)
    assert ServiceIdentity.objects.get().tokens_from is None  # what ran out ended no token early


BAD_KEYS: dict[str, Callable[[], str]] = {
    "a broken RSA key": lambda: RSAKey.generate_key(2048).as_pem(private=False).decode().replace("MIIB", "MIGf"),
    "P-384": lambda: ECKey.generate_key("P-384").as_pem(private=False).decode(),
    "P-256K": lambda: ECKey.generate_key("secp256k1").as_pem(private=False).decode(),
    "Ed448": lambda: OKPKey.generate_key("Ed448").as_pem(private=False).decode(),
    "X25519": lambda: OKPKey.generate_key("X25519").as_pem(private=False).decode(),
    "a secret": lambda: str(OctKey.generate_key(256).as_dict(private=True)).replace("'", '"'),
    "a private key": lambda: ECKey.generate_key("P-256").as_pem(private=True).decode(),
    "a private JWK": lambda: str(ECKey.generate_key("P-256").as_dict(private=True)).replace("'", '"'),
    "for encryption": lambda: str(ECKey.generate_key("P-256", {"use": "enc"}).as_dict(private=False)).replace("'", '"'),
    "for another algorithm": lambda: str(ECKey.generate_key("P-256", {"alg": "ES384"}).as_dict(private=False)).replace(
        "'", '"'
    ),
    "a point that is not on the curve": lambda: '{"kty":"EC","crv":"P-256","x":"X","y":"X"}'.replace("X", "A" * 43),
    "a huge RSA key": lambda: '{"kty":"RSA","e":"AQAB","n":"X"}'.replace("X", "A" * 7000),
    "nothing": lambda: "",
    "too long": lambda: "x" * 9000,
    "deep": lambda: '{"keys":' + "[" * 8000,
}


@pytest.mark.parametrize("case", BAD_KEYS)
def test_a_key_that_is_not_good_enough_is_refused_by_its_field(service: Service, case: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        keys.upload(_grant(service), service.row.id, BAD_KEYS[case]())
    assert list(wrong.value.message_dict) == ["public_key"]
    assert ServiceKey.objects.count() == 1


def test_a_small_rsa_key_is_refused_by_its_size() -> None:
    for jwk in ({"kty": "RSA", "e": "AQAB", "n": "A" * 171}, {"kty": "RSA", "n": 7}):
        with pytest.raises(ValidationError):
            public_keys.read_jwk(jwk)


def test_an_uploaded_key_is_the_same_as_pem_jwk_and_set(service: Service) -> None:
    private = ECKey.generate_key("P-256")
    jwk = str(private.as_dict(private=False)).replace("'", '"')
    read = [public_keys.read(text) for text in (private.as_pem(private=False).decode(), jwk, f'{{"keys": [{jwk}]}}')]
    assert read[0] == read[1] == read[2]
    assert read[0].kid == private.thumbprint()


def test_the_owner_is_told_of_a_key_and_nobody_else(in_acme: Person, max_: Person) -> None:
    service = new_service(in_acme, Permission.GUARD_CHECK)
    identities.transfer(_grant(service), service.row.id, max_.user.pk)
    _mails()
    key, _ = keys.generate(_grant(service), service.row.id)
    (told,) = _mails()
    assert (told.to, told.subject) == ([max_.user.email], "New key of Invoices in Acme Rockets")
    assert key.kid in str(told.body)
    assert f"/services/{service.row.id}" in str(told.body)


def _run_down(service: Service, left: timedelta) -> list[str]:
    """Let the key have so much time left, sweep, and return the subjects of the mails."""
    ServiceKey.objects.filter(id=service.key.id).update(expires_at=timezone.now() + left)
    if tasks.remind_of_keys():
        tasks.remind_of_key(str(service.person.organization.id), str(service.key.id))
    return [str(each.subject) for each in _mails()]


def test_a_keys_end_is_told_before_and_when_it_comes(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.remind_of_key, "apply_async", lambda *args, **kwargs: None)
    _mails()
    steps = (timedelta(days=8), timedelta(days=6), timedelta(days=5), timedelta(hours=23), timedelta(0), timedelta(0))
    assert [_run_down(service, left) for left in steps] == [
        [],
        ["A key of Invoices expires in 6 days"],
        [],
        ["A key of Invoices expires in 1 day"],
        ["A key of Invoices has expired"],
        [],
    ]


def test_keepers_are_told_once_a_day_of_a_service_without_an_owner(in_acme: Person, max_: Person) -> None:
    service = new_service(in_acme, Permission.GUARD_CHECK)
    identities.transfer(_grant(service), service.row.id, max_.user.pk)
    Membership.objects.filter(user=max_.user).delete()
    _mails()
    for _ in range(3):
        with pytest.raises(Rejected):
            authenticate(service.assertion(), ENDPOINT)
    assert [(each.to, each.subject) for each in _mails()] == [
        ([in_acme.user.email], "Invoices of Acme Rockets has stopped: its owner left")
    ]


def test_t03_a_foreign_services_key_is_not_reached_by_its_id(service: Service, in_acme: Person) -> None:
    other = new_service(in_acme)
    with pytest.raises(ServiceKey.DoesNotExist):
        keys.revoke(_grant(service), service.row.id, other.key.id)


def test_no_service_is_read_without_a_tenant(service: Service) -> None:
    with open_scope(NOBODY), pytest.raises(ScopeMissing):
        ServiceIdentity.objects.count()
