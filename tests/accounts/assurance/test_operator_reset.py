"""Operators reset the factors of whoever belongs to several organisations: who may, what is recorded, who is told."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.urls import reverse

from accounts.assurance import recovery
from accounts.assurance.models import FactorReset
from accounts.models import User
from audit.models import AuditEvent, Decision
from audit.outbox import drain
from audit.reasons import Reason
from tenants.guard import NotGranted
from tenants.models import Membership
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.assurance.ceremony import challenge_of, confirmed_with
from tests.authenticators import SoftwarePasskey
from tests.people import Browser, Person, new_person, passkey_of, recovery_codes_of, signed_in

pytestmark = pytest.mark.django_db(databases=["default", "operator"])
LIST = "/operator/accounts/user/"
REASON = "Lost phone; called back on the number of the reception"


@pytest.fixture
def passkey() -> SoftwarePasskey:
    return SoftwarePasskey()


@pytest.fixture
def opal(db: None, passkey: SoftwarePasskey) -> Browser:
    user = new_person("opal@tidegate.example", "Opal")
    user.is_staff = user.is_superuser = True
    user.save()
    client = signed_in(user)
    client.prove(user, passkey_of(user, passkey))
    return client


@pytest.fixture
def max_of_both(max_: Person, eve: Person) -> Person:
    """Max, a developer of Acme and a viewer of Globex, with a passkey and recovery codes."""
    with org_scope(eve.organization.id):
        Membership.objects.create(user=max_.user, role="viewer")
    passkey_of(max_.user)
    recovery_codes_of(max_.user)
    return max_


def _form(user: User, **said: str) -> dict[str, object]:
    sent = {"action": "reset_factors", "_selected_action": [str(user.pk)], "reason": REASON, "confirm": user.email}
    return {**sent, **said}


def _factors(user: User) -> int:
    held: int = Authenticator.objects.filter(user=user).count()
    return held


def test_it_is_asked_for_on_a_page_that_names_no_organisation(opal: Browser, max_of_both: Person) -> None:
    chosen = {"action": "reset_factors", "_selected_action": [str(max_of_both.user.pk)]}
    page = opal.post(LIST, chosen).content.decode()
    assert "each of the organisations they belong to (2)" in page
    assert "Acme" not in page
    assert "Globex" not in page
    assert _factors(max_of_both.user) == 2


def test_each_organisation_records_it_and_its_keepers_are_told(
    opal: Browser, max_of_both: Person, olga: Person, eve: Person
) -> None:
    theirs = max_of_both.browser()
    assert theirs.get("/").status_code == 200
    answer = opal.post(LIST, _form(max_of_both.user), follow=True)
    assert "signs in with the password" in answer.content.decode()
    assert _factors(max_of_both.user) == 0
    assert theirs.get("/").headers["Location"].startswith(reverse("account_login")), "signed out everywhere"
    for person in (olga, eve):
        with org_scope(person.organization.id):
            event = AuditEvent.objects.get(event="accounts:factor:reset")
            decision = Decision.objects.get(permission=Permission.FACTORS_RECOVER.value)
            assert FactorReset.objects.get().user == max_of_both.user
        assert (event.actor_kind, event.actor_label, event.target) == ("operator", "Opal", str(max_of_both.user.pk))
        assert event.detail["reason"] == REASON
        assert event.detail["factors"] == ["recovery_codes", "webauthn"]
        assert (decision.action, decision.principal_kind) == ("allow", "operator")
    assert LogEntry.objects.get().change_message == "reset the second factors"
    drain()
    told = {message.to[0]: str(message.body) for message in mail.outbox if "second factors" in message.subject}
    assert set(told) == {max_of_both.user.email, olga.user.email, eve.user.email}
    assert all(REASON in body for body in told.values())
    for own, other in ((olga, eve), (eve, olga)):
        assert own.organization.name in told[own.user.email]
        assert other.organization.name not in told[own.user.email], "neither learns of the other"


def test_they_have_a_day_to_enrol_in_each(opal: Browser, max_of_both: Person) -> None:
    opal.post(LIST, _form(max_of_both.user))
    assert signed_in(max_of_both.user).get("/").status_code == 200


def test_who_belongs_nowhere_is_helped_too(opal: Browser) -> None:
    user = new_person("solo@nowhere.example", "Solo")
    passkey_of(user)
    opal.post(LIST, _form(user))
    assert _factors(user) == 0
    assert LogEntry.objects.get().object_id == str(user.pk)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"reason": ""}, "This field is required"),
        ({"reason": "help"}, "at least 10 characters"),
        ({"reason": "x" * 201}, "at most 200 characters"),
        ({"confirm": "olga@acme.example"}, "not the address of the person"),
    ],
)
def test_without_a_reason_or_the_address_nothing_happens(
    opal: Browser, max_of_both: Person, said: dict[str, str], shown: str
) -> None:
    answer = opal.post(LIST, _form(max_of_both.user, **said))
    assert answer.status_code == 422
    assert shown in answer.content.decode()
    assert _factors(max_of_both.user) == 2


def test_one_person_at_a_time(opal: Browser, max_of_both: Person, olga: Person) -> None:
    passkey_of(olga.user)
    sent = _form(max_of_both.user) | {"_selected_action": [str(max_of_both.user.pk), str(olga.user.pk)]}
    assert "Choose one person" in opal.post(LIST, sent, follow=True).content.decode()
    assert (_factors(max_of_both.user), _factors(olga.user)) == (2, 1)


def test_a_passkey_of_long_ago_is_asked_for_again_and_what_was_typed_is_kept(
    opal: Browser, max_of_both: Person, olga: Person, passkey: SoftwarePasskey
) -> None:
    user = User.objects.get(email="opal@tidegate.example")
    opal.prove(user, passkey_of(user), ago=301)
    asked = opal.post(LIST, _form(max_of_both.user))
    assert asked.status_code == 403
    assert REASON in asked.content.decode()
    assert _factors(max_of_both.user) == 2
    with org_scope(olga.organization.id):
        assert Decision.objects.get(action="deny").reason_codes == [Reason.STEP_UP_REQUIRED.value]
    opal.post(LIST, _form(max_of_both.user, passkey=confirmed_with(passkey.answer(challenge_of(asked)))))
    assert _factors(max_of_both.user) == 0


def test_operators_cannot_be_reset_so_nor_reset_themselves(opal: Browser) -> None:
    other = new_person("otto@tidegate.example", "Otto")
    other.is_staff = True
    other.save()
    passkey_of(other)
    for user in (other, User.objects.get(email="opal@tidegate.example")):
        assert "emergency code" in opal.post(LIST, _form(user), follow=True).content.decode()
        assert _factors(user) == 1


def test_nobody_else_can(olga: Person, max_of_both: Person) -> None:
    answer = olga.browser().post(LIST, _form(max_of_both.user))
    assert answer.headers["Location"].startswith("/operator/login")
    assert _factors(max_of_both.user) == 2
    with org_scope(olga.organization.id):
        assert not FactorReset.objects.exists()


def test_the_grant_of_a_colleague_is_not_enough(olga: Person, max_: Person) -> None:
    passkey_of(max_.user)
    grants = {olga.organization.id: olga.may(Permission.FACTORS_RESET)}
    with pytest.raises(NotGranted):
        recovery.recover(grants, max_.user, REASON)
    assert _factors(max_.user) == 1
