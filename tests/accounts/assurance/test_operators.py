"""Operators' pages open to a passkey; who has lost every one gets an emergency code from the server."""

from io import StringIO

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.assurance.models import BreakGlass
from accounts.models import User
from tests.people import PASSWORD, new_client, new_person, passkey_of, signed_in

pytestmark = pytest.mark.django_db(databases=["default", "operator"])
REASON = "Opal's laptop fell into the harbour"


@pytest.fixture
def opal(db: None) -> User:
    user = new_person("opal@tidegate.example", "Opal")
    user.is_staff = user.is_superuser = True
    user.save()
    return user


def _code(email: str, django_capture_on_commit_callbacks: object) -> str:
    out = StringIO()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # pytest-django's
        call_command("break_glass", email, reason=REASON, stdout=out)
    return out.getvalue().split("Code: ")[1].split()[0]


def test_n04_a_one_time_code_opens_no_operators_page(opal: User) -> None:
    client = signed_in(opal)
    client.prove(opal, TOTP.activate(opal, generate_totp_secret()).instance)
    assert client.get("/operator/").headers["Location"].startswith("/operator/login")
    assert client.get("/operator/login/").headers["Location"].startswith("/confirm/passkey")
    client.prove(opal, passkey_of(opal))
    assert client.get("/operator/").status_code == 200


def test_an_emergency_code_opens_the_operators_pages_once(
    opal: User, django_capture_on_commit_callbacks: object
) -> None:
    passkey_of(opal)
    code = _code(opal.email, django_capture_on_commit_callbacks)
    form = {"email": opal.email, "password": PASSWORD, "code": code}
    client, other = new_client(), new_client()
    for wrong in ({"password": "wrong"}, {"email": "x@tidegate.example"}):
        assert other.post(reverse("break_glass"), {**form, **wrong}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a fixture or case of one of several kinds
        entered = client.post(reverse("break_glass"), form)
    assert entered.headers["Location"] == reverse("admin:index")
    assert client.get("/operator/").status_code == 200
    assert other.post(reverse("break_glass"), form).status_code == 422
    made = BreakGlass.objects.get()
    assert (made.user, made.reason, made.used_at is not None) == (opal, REASON, True)
    assert [message.subject for message in mail.outbox if message.to == [opal.email]] == [
        "An emergency code for operators was made",
        "An emergency code for operators was used",
    ]
    session = client.session
    session["break_glass_until"] = 0
    session.save()
    assert client.get("/operator/").status_code == 302


def test_a_code_is_made_for_operators_only_and_with_a_reason(opal: User) -> None:
    new_person("max@tidegate.example", "Max")
    for arguments in (["max@tidegate.example"], ["nobody@tidegate.example"]):
        with pytest.raises(CommandError, match="no active operator"):
            call_command("break_glass", *arguments, reason=REASON)
    with pytest.raises(CommandError, match="Say why"):
        call_command("break_glass", opal.email, reason="x")
    assert not BreakGlass.objects.exists()
