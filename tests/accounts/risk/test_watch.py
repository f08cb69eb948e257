"""From a sign-in to the alert, the hold, the mails and what officers decide."""

import uuid
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_used
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.recovery_codes import RecoveryCodes
from accounts.risk import verbs, watch
from accounts.risk.models import Alert, Hold, SignIn
from audit.models import AuditEvent
from audit.outbox import drain
from tenants.guard import Refused
from tenants.models import Membership
from tenants.permissions import Permission, Role
from tenants.scope import Scope, open_scope, org_scope
from tests.api.conftest import Application
from tests.people import PASSWORD, Person, join, new_client

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36"
LONDON, AMERICA = "81.2.69.142", "216.160.83.56"


def signed_in(person: Person, address: str, agent: str = FIREFOX, client: Client | None = None) -> Client:
    """Sign in with the password, as a browser at `address` does."""
    client = client or new_client()
    client.defaults.update({"REMOTE_ADDR": address, "HTTP_USER_AGENT": agent})
    answer = client.post(reverse("account_login"), {"login": person.user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return client


def alerts(person: Person) -> list[Alert]:
    with org_scope(person.organization.id):
        return list(Alert.objects.filter(user=person.user))


def is_held(person: Person) -> bool:
    with org_scope(person.organization.id):
        return Hold.objects.filter(user=person.user).exists()


def travelled(person: Person, agent: str = FIREFOX) -> Client:
    """Sign in from London and at once from America, in one browser."""
    client = signed_in(person, LONDON, agent)
    client.post(reverse("account_logout"))
    return signed_in(person, AMERICA, agent, client)


@pytest.fixture
def sana(olga: Person) -> Person:
    return join(olga.organization, "sana@acme.example", "Sana Security", Role.SECURITY)


def factor(user: User, kind: Authenticator.Type, minutes_old: int) -> Authenticator:
    made = Authenticator.objects.create(user=user, type=kind, data={})
    Authenticator.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(minutes=minutes_old))
    made.refresh_from_db()
    return made


def used(authenticator: Authenticator) -> None:
    authenticator_used.send(Authenticator, request=None, user=authenticator.user, authenticator=authenticator)


def test_a_first_sign_in_raises_nothing(max_: Person) -> None:
    signed_in(max_, LONDON)
    assert alerts(max_) == []


def test_n09_travelling_too_fast_raises_an_alert_with_its_evidence(max_: Person) -> None:
    travelled(max_)
    (alert,) = alerts(max_)
    assert (alert.rule, alert.severity, alert.stepped_up) == ("R1", "high", True)
    assert alert.evidence["from"] == "Britain (UK)"
    assert alert.evidence["to_address"] == AMERICA
    with org_scope(max_.organization.id):
        assert AuditEvent.objects.filter(event="accounts:alert:raised", target=str(max_.user.pk)).exists()


def test_the_person_and_the_officers_are_told(max_: Person, sana: Person) -> None:
    travelled(max_)
    drain()
    told = {each.to[0]: str(each.body) for each in mail.outbox if "looked wrong" in each.body}
    assert set(told) == {max_.user.email, sana.user.email, "olga@acme.example"}
    assert "Britain (UK)" in told[max_.user.email]
    assert "until they confirm, their API keys can only read" in told[sana.user.email]


def test_a_held_member_sees_only_how_to_go_on(max_: Person) -> None:
    client = travelled(max_)
    answer = client.get(reverse("keys_list"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("risk_hold"))
    page = client.get(answer["Location"])
    assert b"Confirm it is you" in page.content
    assert b"Britain (UK)" in page.content
    assert client.get(reverse("security")).status_code == 200


def test_the_way_back_stays_on_this_site(max_: Person) -> None:
    client = travelled(max_)
    let_go(max_)
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        assert client.get(reverse("risk_hold"), {"next": target})["Location"] == "/"


def let_go(person: Person) -> None:
    with org_scope(person.organization.id):
        Hold.objects.all().delete()


def test_a_passkey_from_before_releases(max_: Person) -> None:
    travelled(max_)
    used(factor(max_.user, Authenticator.Type.WEBAUTHN, minutes_old=5))
    assert not is_held(max_)
    assert [alert.state for alert in alerts(max_)] == ["confirmed"]


def test_a_passkey_enrolled_after_the_alert_does_not(max_: Person) -> None:
    travelled(max_)
    used(Authenticator.objects.create(user=max_.user, type=Authenticator.Type.WEBAUTHN, data={}))
    assert is_held(max_)


def test_an_app_releases_only_who_had_no_passkey(max_: Person, sana: Person) -> None:
    app = factor(max_.user, Authenticator.Type.TOTP, minutes_old=5)
    with org_scope(max_.organization.id):
        Hold.objects.create(user=max_.user, since=timezone.now(), cause="R1")
        Hold.objects.create(user=sana.user, since=timezone.now(), cause="R1")
    used(app)
    assert not is_held(max_)
    factor(sana.user, Authenticator.Type.WEBAUTHN, minutes_old=5)
    used(factor(sana.user, Authenticator.Type.TOTP, minutes_old=5))
    assert is_held(sana)


def test_recovery_codes_do_not_release(max_: Person) -> None:
    travelled(max_)
    with org_scope(max_.organization.id):
        Hold.objects.update(since=timezone.now() + timedelta(minutes=5))
    request = RequestFactory().get("/")
    authenticator_used.send(
        Authenticator, request=request, user=max_.user, authenticator=RecoveryCodes.activate(max_.user).instance
    )
    assert is_held(max_)


def test_an_officer_lets_go_or_signs_out_everywhere(max_: Person, sana: Person) -> None:
    client = travelled(max_)
    client.get(reverse("security"))
    (alert,) = alerts(max_)
    with org_scope(max_.organization.id):
        verbs.decide(sana.may(Permission.ALERTS_CHANGE), alert.pk, "hostile", "not in the office")
    assert not UserSession.objects.filter(user=max_.user).exists()
    assert client.get(reverse("security"))["Location"].startswith(reverse("account_login"))
    assert is_held(max_)
    with org_scope(max_.organization.id), pytest.raises(ValidationError):
        verbs.decide(sana.may(Permission.ALERTS_CHANGE), alert.pk, "harmless")


def test_harmless_releases_when_nothing_else_is_open(max_: Person, sana: Person) -> None:
    travelled(max_)
    (alert,) = alerts(max_)
    with org_scope(max_.organization.id):
        verbs.decide(sana.may(Permission.ALERTS_CHANGE), alert.pk, "harmless")
    assert not is_held(max_)


def test_nobody_decides_about_themselves(sana: Person) -> None:
    travelled(sana)
    (alert, *_) = alerts(sana)
    with org_scope(sana.organization.id), pytest.raises(ValidationError):
        verbs.decide(sana.may(Permission.ALERTS_CHANGE), alert.pk, "harmless")
    assert is_held(sana)


def test_developers_do_not_see_alerts(max_: Person) -> None:
    with pytest.raises(Refused):
        max_.may(Permission.ALERTS_READ)


def test_one_organisation_cannot_end_anothers_hold(max_: Person, eve: Person) -> None:
    """Eve's organisation shares a member with Acme; what its officers decide stays in it."""
    with org_scope(eve.organization.id):
        shared = join_existing(eve, max_)
    travelled(max_)
    (alert,) = alerts(shared)
    with org_scope(eve.organization.id):
        verbs.decide(eve.may(Permission.ALERTS_CHANGE), alert.pk, "harmless")
    assert not is_held(shared)
    assert is_held(max_)


def join_existing(host: Person, guest: Person) -> Person:
    Membership.objects.create(user=guest.user, role=Role.VIEWER.value)
    return Person(guest.user, host.organization, Role.VIEWER)


def test_another_tenants_alert_is_not_there(max_: Person, eve: Person) -> None:
    travelled(max_)
    (alert,) = alerts(max_)
    with org_scope(eve.organization.id), pytest.raises(Alert.DoesNotExist):
        verbs.decide(eve.may(Permission.ALERTS_CHANGE), alert.pk, "harmless")


def test_sign_ins_are_shown_to_nobody_else(max_: Person, eve: Person) -> None:
    signed_in(max_, LONDON)
    with open_scope(Scope(user_id=max_.user.pk)):
        assert SignIn.objects.count() == 1
    with open_scope(Scope(user_id=eve.user.pk, org_id=eve.organization.id)):
        assert SignIn.objects.count() == 0


def test_a_session_that_turns_up_in_another_browser_ends(max_: Person) -> None:
    client = signed_in(max_, LONDON)
    assert client.get(reverse("security")).status_code == 200
    stolen = client.get(reverse("security"), HTTP_USER_AGENT=CHROME)
    assert stolen["Location"] == reverse("account_login")
    assert client.get(reverse("security"))["Location"].startswith(reverse("account_login"))


def test_a_browser_update_does_not_end_a_session(max_: Person) -> None:
    client = signed_in(max_, LONDON)
    assert client.get(reverse("security"), HTTP_USER_AGENT=FIREFOX.replace("140", "141")).status_code == 200


def test_n09_three_declines_of_one_application_raise_a_high_alert(max_: Person) -> None:
    with org_scope(max_.organization.id):
        for _ in range(3):
            assert not watch.is_muted(max_.user, "app")
            watch.declined(max_.user, "app")
        assert watch.is_muted(max_.user, "app")
    (alert,) = alerts(max_)
    assert (alert.rule, alert.severity, alert.client_id) == ("R3", "high", "app")


@pytest.mark.parametrize(
    ("networks", "said"),
    [(["nonsense"], "no network"), (["0.0.0.0/0"], "too wide"), (["::/0"], "too wide"), (["10.0.0.1/8"], "no network")],
)
def test_networks_are_checked(olga: Person, networks: list[str], said: str) -> None:
    with org_scope(olga.organization.id), pytest.raises(ValidationError, match=said):
        verbs.change_settings(olga.may(Permission.ALERTS_CHANGE), networks, "high")


def test_a_trusted_network_silences_travel(olga: Person, max_: Person) -> None:
    with org_scope(olga.organization.id):
        verbs.change_settings(olga.may(Permission.ALERTS_CHANGE), ["216.160.0.0/16"], "high")
    travelled(max_)
    assert alerts(max_) == []


@pytest.mark.parametrize(("trusted", "held"), [([], True), ([f"{LONDON}/32"], False)])
def test_one_new_browser_after_the_other_holds_nobody_in_a_trusted_network(
    olga: Person, max_: Person, trusted: list[str], held: bool
) -> None:
    with org_scope(olga.organization.id):
        verbs.change_settings(olga.may(Permission.ALERTS_CHANGE), trusted, "high")
    for agent in (FIREFOX, CHROME, FIREFOX, CHROME):
        signed_in(max_, LONDON, agent)
    assert is_held(max_) is held
    assert len(alerts(max_)) == 3


def test_keys_of_a_held_person_only_read(max_: Person) -> None:
    app = Application(*max_.key())
    checked = {"input": "What is the weather?"}
    assert app.post("/v1/guard", checked).status_code == 200
    with org_scope(max_.organization.id):
        held = Hold.objects.create(user=max_.user, since=timezone.now(), cause="R1")
    refused = app.post("/v1/guard", checked)
    assert refused.status_code == 403
    assert "AUTHZ-RISK-001" in refused.content.decode()
    assert app.get("/v1/models").status_code == 200
    with org_scope(max_.organization.id):
        held.delete()
    assert app.post("/v1/guard", checked).status_code == 200


def test_the_stamp_moves_with_the_hold(max_: Person) -> None:
    """Every worker's memory of the person's keys is read again."""
    before = stamp(max_.user.pk)
    with org_scope(max_.organization.id):
        held = Hold.objects.create(user=max_.user, since=timezone.now(), cause="R1")
        assert stamp(max_.user.pk) == before + 1
        held.delete()
    assert stamp(max_.user.pk) == before + 2


def stamp(user_id: uuid.UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(value), 0) FROM tenants_stamp WHERE subject = sha256(convert_to(%s, 'UTF8'))",
            [str(user_id)],
        )
        return int(cursor.fetchone()[0])
