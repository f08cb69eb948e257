"""Recovery codes: shown in one answer, kept as hashes, each good once; what people have printed before stays good."""

import importlib
import re
from datetime import timedelta
from threading import Barrier, Thread
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts import recovery_codes
from accounts.adapters import FACTORS
from accounts.recovery_codes import RecoveryCodes
from tenants.encryption import SealBroken, seal, unseal
from tests.committed import *  # noqa: F403 (fixtures)
from tests.committed import new_owner
from tests.people import PASSWORD, Browser, Person, passkey_of, recovery_codes_of

PAGE, FILE, NEW = (f"mfa_{name}_recovery_codes" for name in ("view", "download", "generate"))
_migration = importlib.import_module("accounts.migrations.0006_recovery_codes")


def _confirmed(person: Person) -> Browser:
    """Return a client in which the person used their passkey just now, and then showed their password once more."""
    client = person.browser()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def _codes_in(page: str) -> list[str]:
    return re.findall(r"<span>([\d-]{23})</span>", page)


def _look(client: Browser) -> list[str]:
    return _codes_in(client.get(reverse(PAGE)).content.decode())


def _set_of(person: Person) -> RecoveryCodes:
    wrapped: RecoveryCodes = Authenticator.objects.get(user=person.user, type="recovery_codes").wrap()
    return wrapped


def _made(client: Browser) -> list[str]:
    """Ask for a new set, and return the codes on the page that the answer leads to."""
    made = client.post(reverse(NEW))
    assert made.headers["Location"] == reverse(PAGE)
    return _look(client)


def test_allauth_knows_no_other_class() -> None:
    assert flows.RecoveryCodes is RecoveryCodes
    assert type(Authenticator(type="recovery_codes", data={}).wrap()) is RecoveryCodes


def test_they_are_shown_once_and_counted_from_then_on(max_: Person) -> None:
    client = _confirmed(max_)
    client.post(reverse(NEW))
    page = client.get(reverse(PAGE))
    codes = _codes_in(page.content.decode())
    assert len(set(codes)) == 10
    assert "no-store" in page.headers["Cache-Control"]
    again = client.get(reverse(PAGE)).content.decode()
    assert "10 unused codes" in again
    for address in (PAGE, "mfa_index", "security", NEW):
        text = client.get(reverse(address)).content.decode()
        assert not any(code in text for code in codes), address
    assert [_set_of(max_).validate_code(code) for code in codes] == [True] * 10
    assert "0 of 10 left" in client.get(reverse("mfa_index")).content.decode()


def test_no_page_gives_them_as_a_file(max_: Person) -> None:
    client = _confirmed(max_)
    client.post(reverse(NEW))
    assert client.get(reverse(FILE)).headers["Location"] == reverse(PAGE)
    assert _set_of(max_).instance.data == {}, "asking for the file made none"


def test_a_set_that_nobody_looked_at_is_not_made_later(max_: Person) -> None:
    client = _confirmed(max_)
    client.post(reverse(NEW))
    Authenticator.objects.filter(type="recovery_codes").update(created_at=timezone.now() - timedelta(minutes=11))
    page = client.get(reverse(PAGE)).content.decode()
    assert _codes_in(page) == []
    assert "not looked at in time" in page
    assert _set_of(max_).left == 0
    assert "None yet" in client.get(reverse("mfa_index")).content.decode()


def test_a_new_set_ends_the_former(max_: Person) -> None:
    client = _confirmed(max_)
    [former, *_] = _made(client)
    [present, *_] = _made(client)
    assert not _set_of(max_).validate_code(former)
    assert _set_of(max_).validate_code(present.replace("-", " "))
    assert not _set_of(max_).validate_code(present), "each once"


def test_showing_and_replacing_ask_for_a_factor(max_: Person) -> None:
    client = _confirmed(max_)
    client.post(reverse(NEW))
    client.prove(max_.user, passkey_of(max_.user), ago=301)
    for address in (PAGE, NEW):
        assert "reauthenticate" in client.get(reverse(address)).headers["Location"]
    assert _set_of(max_).instance.data == {}


def test_n03_two_that_look_at_once_are_not_both_shown_codes(committed: None) -> None:
    person = new_owner()
    clients = [_confirmed(person) for _ in range(2)]
    clients[0].post(reverse(NEW))
    start, shown = Barrier(2), []

    def look(client: Browser) -> None:
        start.wait()
        shown.append(_look(client))
        connection.close()

    threads = [Thread(target=look, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, shown)) == [0, 10]


def test_a_dump_of_the_row_has_no_code_and_nothing_to_search_in(max_: Person) -> None:
    codes = recovery_codes_of(max_.user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(row)::text FROM mfa_authenticator AS row WHERE type = 'recovery_codes'")
        [(dump,)] = cursor.fetchall()
    salt, hashes = (_set_of(max_).instance.data[name] for name in ("salt", "hashes"))
    for code in codes:
        plain = code.replace("-", "")
        assert re.fullmatch(r"\d{20}", plain)
        digest = recovery_codes._hash(bytes.fromhex(salt), max_.user.pk, code)
        assert not any(text in dump for text in (code, plain, digest.hex()))
        assert digest in [unseal(one, FACTORS) for one in hashes], "what was looked for is what is kept"


def test_a_row_moved_to_another_person_opens_nothing(max_: Person, olga: Person) -> None:
    [code, *_] = recovery_codes_of(max_.user)
    recovery_codes_of(olga.user)
    theirs = _set_of(olga).instance
    theirs.data = _set_of(max_).instance.data
    theirs.save()
    assert not _set_of(olga).validate_code(code)
    assert _set_of(max_).validate_code(code)


@pytest.mark.parametrize("said", ["", "-", "12345-67890-12345-67890", "\N{FULLWIDTH DIGIT ONE}" * 20, "1" * 100_000])
def test_what_is_no_code_opens_nothing(max_: Person, said: str) -> None:
    recovery_codes_of(max_.user)
    assert not _set_of(max_).validate_code(said)
    assert _set_of(max_).left == 10


def _former_set(person: Person, used: int) -> list[str]:
    """Give the person a set as allauth kept it, of which the first `used` are used up; return its codes."""
    TOTP.activate(person.user, generate_totp_secret())
    row = Authenticator(user=person.user, type="recovery_codes")
    row.data = {"seed": seal(b"a" * 80, FACTORS), "used_mask": (1 << used) - 1, "viewed_at": 1.0}
    row.save()
    codes: list[str] = recovery_codes._Former(row).generate_codes()
    return codes


def _migrate() -> None:
    _migration.hash_codes(apps, SimpleNamespace(connection=connection))


def test_codes_that_people_have_printed_stay_good_and_used_ones_used(max_: Person) -> None:
    codes = _former_set(max_, used=3)
    _migrate()
    _migrate()
    assert set(_set_of(max_).instance.data) == {"salt", "hashes"}
    assert [_set_of(max_).validate_code(code) for code in codes] == [False] * 3 + [True] * 7


def test_a_former_set_under_a_lost_key_stops_the_migration(max_: Person) -> None:
    _former_set(max_, used=0)
    Authenticator.objects.filter(type="recovery_codes").update(data={"seed": "v1.lost.AAAA", "used_mask": 0})
    with pytest.raises(SealBroken):
        _migrate()
