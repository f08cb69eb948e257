"""A secret key is replaced: people sign in all along, and after `reseal` nothing needs the former key any more."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.utils import decrypt
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from accounts.sso.models import Connection, sealed_for
from audit.idempotency import KeyedCall, answer_row, keep_in_transaction
from audit.models import KeptAnswer, OutboxMessage
from audit.outbox import post
from tenants.directory import Directory
from tenants.encryption import present_mark, seal, unseal
from tenants.scope import org_scope
from tests.committed import *  # noqa: F403 (fixtures)
from tests.committed import new_owner
from tests.people import PASSWORD, Person, recovery_codes_of

FORMER, PRESENT = "f" * 60, "p" * 60
CODES: dict[uuid.UUID, list[str]] = {}
"""The recovery codes that people were shown."""
Use = Callable[..., None]


@pytest.fixture
def use(stored_keys: Callable[[], None], settings: Settings) -> Iterator[Use]:
    """Makes a key the present one and others its fallbacks, and the run's own, under which all is sealed at the end."""
    own = settings.SECRET_KEY

    def _use(present: str, *former: str) -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = present, [*former, own]
        stored_keys()

    _use(FORMER)
    yield _use
    _use(own, FORMER, PRESENT)
    call_command("reseal")


@pytest.fixture
def owner(use: Use) -> Iterator[Person]:
    """Somebody with second factors, a mail that is owed and an answer that is kept, all under the former key."""
    owner = new_owner()
    TOTP.activate(owner.user, generate_totp_secret())
    CODES[owner.user.pk] = recovery_codes_of(owner.user)
    with org_scope(owner.organization.id), transaction.atomic():
        post("test.reseal", {"to": "olga"})
        provider = Connection(kind=Connection.Kind.OIDC, name="Acme ID", hash=b"h" * 32)
        provider.secret = seal(b"client secret", sealed_for(provider.id, "secret"))
        provider.save()
        OutboxMessage.objects.update(due_at="2100-01-01T00:00Z")
        call = KeyedCall(uuid.uuid4(), owner.organization.id, (b"f" * 32,))
        keep_in_transaction(answer_row(call, b"kept"))
    yield owner
    with org_scope(owner.organization.id):
        OutboxMessage.objects.all().delete()
        KeptAnswer.objects.all().delete()
        Connection.objects.all().delete()


def _factor(user: User, kind: str) -> Authenticator:
    return Authenticator.objects.get(user=user, type=kind)


def _signs_in(person: Person) -> bool:
    """Tell whether a person comes in with password and recovery code."""
    client = Client()
    client.post(reverse("account_login"), {"login": person.user.email, "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": CODES[person.user.pk].pop()})
    return client.get(reverse("usersessions_list")).status_code == 200


def _is_known(organization: str, asker: uuid.UUID) -> bool:
    directory = Directory()
    directory.refresh()
    return bool(directory.foreign_kinds([organization.casefold()], asker))


def _owed(owner: Person) -> OutboxMessage:
    with org_scope(owner.organization.id):
        message: OutboxMessage = OutboxMessage.objects.get(topic="test.reseal")
    return message


def test_a_key_is_replaced_in_three_steps(owner: Person, use: Use) -> None:
    secret = decrypt(_factor(owner.user, "totp").data["secret"])
    portal = owner.browser()
    asker = new_owner().organization.id
    use(PRESENT, FORMER)
    assert portal.get("/").status_code == 200
    assert _signs_in(owner)
    call_command("reseal")
    use(PRESENT)
    assert portal.get("/").status_code == 200
    assert _signs_in(owner)
    assert decrypt(_factor(owner.user, "totp").data["secret"]) == secret
    assert _is_known(owner.organization.name, asker)
    message = _owed(owner)
    assert unseal(message.payload, f"audit_outboxmessage|payload|{message.org_id}") == b'{"to":"olga"}'


def test_nothing_is_left_under_a_former_key_but_kept_answers(
    owner: Person, use: Use, capsys: pytest.CaptureFixture[str]
) -> None:
    former = present_mark()
    use(PRESENT, FORMER)
    assert _tables_with(former, owner) >= {
        "mfa_authenticator",
        "audit_outboxmessage",
        "audit_keptanswer",
        "sso_connection",
    }
    call_command("reseal")
    assert _tables_with(former, owner) == {"audit_keptanswer"}
    assert "Answers that a former key sealed are kept until" in capsys.readouterr().out
    call_command("reseal")
    assert "sealed anew" not in capsys.readouterr().out


def _tables_with(mark: str, owner: Person) -> set[str]:
    """Return the tables in which the owner's organisation, or everybody, has a value sealed under some key."""
    with org_scope(owner.organization.id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND has_table_privilege(oid, 'SELECT')")
        names = [name for (name,) in cursor.fetchall() if not name.startswith(("pg_", "sql_"))]
        holds = "SELECT EXISTS (SELECT FROM {} AS held WHERE position(%s IN held::text) > 0)"
        return {name for name in names if _one(cursor, holds.format(name), mark)}


def _one(cursor: CursorWrapper, statement: str, value: str) -> object:
    cursor.execute(statement, [value])
    return cursor.fetchone()[0]


def test_what_is_sealed_under_an_unknown_key_is_told_and_left(
    owner: Person, use: Use, capsys: pytest.CaptureFixture[str]
) -> None:
    use(PRESENT)
    other = new_owner()
    recovery_codes_of(other.user)
    with pytest.raises(CommandError, match="SECRET_KEY_FALLBACKS"):
        call_command("reseal")
    assert "not to be opened" in capsys.readouterr().out
    use(PRESENT, FORMER)
    call_command("reseal")
    assert _signs_in(owner)
