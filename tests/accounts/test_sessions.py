"""What the tables of sessions hold opens no session, and everything people do with their sessions works with it."""

import json
import secrets
import time
from importlib import import_module
from urllib.parse import urlsplit

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.sessions import SessionMiddleware, SessionStore, session_key
from audit.events import Event
from audit.models import AuditEvent
from tenants.scope import org_scope
from tests.pages.markup import Page
from tests.people import PASSWORD, Browser, Person

NAME = settings.SESSION_COOKIE_NAME
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
INSIDE = reverse("usersessions_list")


def _sign_in(person: Person, **headers: str) -> Browser:
    client = Browser(headers=headers)
    client.post(reverse("account_login"), {"login": person.user.email, "password": PASSWORD})
    assert _is_inside(client)
    return client


def _is_inside(client: Client) -> bool:
    return client.get(INSIDE).status_code == 200


def _with_cookie(value: str, agent: str = FIREFOX) -> Client:
    client = Client(headers={"user-agent": agent})
    client.cookies[NAME] = value
    return client


def _secret(client: Client) -> str:
    return str(client.cookies[NAME].value)


@pytest.fixture
def laptop(olga: Person) -> Browser:
    return _sign_in(olga, user_agent=FIREFOX)


@pytest.fixture
def phone(olga: Person) -> Browser:
    return _sign_in(olga, user_agent=SAFARI)


def test_nothing_in_a_dump_signs_anybody_in(laptop: Client) -> None:
    kept = [*Session.objects.values_list("session_key", flat=True)]
    kept += UserSession.objects.values_list("session_key", flat=True)
    assert kept == [session_key(_secret(laptop))] * 2
    assert not _is_inside(_with_cookie(kept[0]))
    assert _is_inside(_with_cookie(_secret(laptop)))


def test_the_secret_of_a_cookie_is_in_no_table(laptop: Client) -> None:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute("SELECT has_table_privilege(%s, 'SELECT')", [table])
            if cursor.fetchone() == (True,):
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" AS r WHERE position(%s IN r::text) > 0', [_secret(laptop)]
                )
                assert cursor.fetchone() == (0,), table


def test_the_list_knows_which_session_is_this_one(laptop: Client, phone: Client) -> None:
    for address in (reverse("security"), INSIDE):
        rows = [row.text for row in Page(laptop.get(address).content.decode()).all("li") if "signed in" in row.text]
        assert {("Firefox" in row, "This device" in row) for row in rows} == {(True, True), (False, False)}


def test_ending_the_other_sessions_ends_them_and_keeps_this_one(laptop: Client, phone: Client) -> None:
    laptop.post(INSIDE)
    assert (_is_inside(laptop), _is_inside(phone)) == (True, False)


def test_one_session_can_be_ended_from_another(laptop: Client, phone: Client) -> None:
    UserSession.objects.get(user_agent=SAFARI).end()
    assert (_is_inside(laptop), _is_inside(phone)) == (True, False)
    assert [one.user_agent for one in laptop.get(INSIDE).context["sessions"]] == [FIREFOX]


def test_signing_out_ends_the_session_for_whoever_has_its_cookie(laptop: Client) -> None:
    thief = _with_cookie(_secret(laptop))
    laptop.post(reverse("account_logout"))
    assert not _is_inside(thief)
    assert not Session.objects.filter(session_key=session_key(thief.cookies[NAME].value)).exists()


def test_signing_in_leaves_the_session_of_before(olga: Person, client: Client) -> None:
    planted = SessionStore()
    planted["chosen"] = "by somebody else"
    planted.save()
    client.cookies[NAME] = planted.secret
    client.post(reverse("account_login"), {"login": olga.user.email, "password": PASSWORD})
    assert _is_inside(client)
    assert _secret(client) != planted.secret
    assert not _is_inside(_with_cookie(planted.secret))


def test_changing_the_password_ends_other_sessions(laptop: Client, phone: Client) -> None:
    new = secrets.token_hex()
    laptop.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert laptop.post(reverse("account_change_password"), form).status_code == 302
    assert not _is_inside(phone)


@pytest.mark.parametrize("cookie", ["", "short", "nobody" * 6, "a\0b", "x" * 8000, "é"])
def test_a_cookie_of_nobody_opens_nothing(db: None, cookie: str) -> None:
    assert _with_cookie(cookie).get(INSIDE).headers["Location"].startswith(reverse("account_login"))


def _answered(request: HttpRequest) -> str:
    request.session["changed"] = True
    answer = SessionMiddleware(lambda request: HttpResponse()).process_response(request, HttpResponse())
    return str(answer.cookies[NAME].value)


@pytest.mark.django_db
def test_a_session_that_is_opened_anew_by_its_key_keeps_its_cookie() -> None:
    """As allauth does it on the way to an identity provider, also for somebody who came without a session."""
    request = HttpRequest()
    SessionMiddleware(lambda request: HttpResponse()).process_request(request)
    request.session.save()
    request.session = SessionStore(request.session.session_key)
    assert session_key(_answered(request)) == request.session.session_key


@pytest.mark.django_db
def test_no_cookie_is_sent_for_a_session_of_unknown_secret() -> None:
    elsewhere, request = SessionStore(), HttpRequest()
    elsewhere.save()
    SessionMiddleware(lambda request: HttpResponse()).process_request(request)
    request.session = SessionStore(elsewhere.session_key)
    with pytest.raises(LookupError):
        _answered(request)


@pytest.mark.django_db
def test_sessions_of_before_stay_open() -> None:
    hashing = import_module("accounts.migrations.0005_session_keys").HASH.format(table="django_session")
    former = "0123456789abcdefghijklmnopqrstuv"
    SessionStore(former).save(must_create=True)
    with connection.cursor() as cursor:
        cursor.execute(hashing)
        cursor.execute(hashing)
    assert SessionStore.presented(former).exists(session_key(former))
    assert not SessionStore().exists(former)


def test_one_device_is_signed_out_and_the_others_are_not(olga: Person) -> None:
    here, lost, other = (_sign_in(olga, **{"user-agent": agent}) for agent in (FIREFOX, SAFARI, FIREFOX))
    gone = UserSession.objects.get(user=olga.user, session_key=lost.session.session_key)
    assert f'action="{reverse("session_end", args=[gone.pk])}"' in here.get(INSIDE).content.decode()
    assert here.post(reverse("session_end", args=[gone.pk])).status_code == 302
    assert [_is_inside(client) for client in (here, lost, other)] == [True, False, True]
    with org_scope(olga.organization.id):
        event = AuditEvent.objects.get(event=Event.SESSION_ENDED.value)
    assert event.detail["device"] == "Safari on iPhone"


def test_nobody_signs_out_somebody_elses_device_nor_their_own_this_way(olga: Person, eve: Person) -> None:
    theirs, ours = _sign_in(olga), _sign_in(eve)
    for client in (theirs, ours):
        session = UserSession.objects.get(session_key=client.session.session_key)
        assert ours.post(reverse("session_end", args=[session.pk])).status_code == 404
        assert ours.get(reverse("session_end", args=[session.pk])).status_code == 405
    assert [_is_inside(client) for client in (theirs, ours)] == [True, True]


def test_what_was_typed_does_not_wait_in_the_session_for_the_password(max_: Person) -> None:
    """A change that asks for the password first: the page is asked for anew after it, with nothing kept."""
    client = _sign_in(max_)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 3600}]
    session.save()
    typed = {"email": "typed@elsewhere.example", "action_add": ""}
    answer = client.post(reverse("account_email"), typed)
    assert urlsplit(answer["Location"]).path == reverse("account_reauthenticate")
    kept = json.dumps(dict(client.session.items()))
    assert "typed@elsewhere.example" not in kept
    assert client.cookies[NAME].value not in kept
    back = client.post(answer["Location"], {"password": PASSWORD})
    assert back["Location"] == reverse("account_email")
