"""Roles that need a passkey: granted to somebody without one they wait, and a one-time code never opens them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from django.utils import timezone

from accounts.assurance import policy
from accounts.recovery_codes import RecoveryCodes
from audit.reasons import Reason
from tenants.guard import Refused, require
from tenants.models import Membership
from tenants.permissions import PASSKEY_ROLES, Permission, Role
from tenants.policy import Allowed, decide
from tenants.principal import Level, Resource
from tenants.scope import org_scope
from tenants.services import members
from tests.people import Browser, Person, found, join, passkey_of, signed_in
from tests.permissions.test_table import PAGES, _url

OF_VIEWERS = {Permission.ORGANIZATION_READ, Permission.MODELS_READ, Permission.USAGE_READ}


def _opened(client: Browser) -> set[str]:
    """Return the pages that open, without a question."""
    answers = {name: client.generic(method, _url(name)) for name, (_, method) in PAGES.items()}
    led = {"/confirm/passkey"}
    return {
        name
        for name, answer in answers.items()
        if answer.status_code != 403 and answer.headers.get("Location", "").partition("?")[0] not in led
    }


VIEWED = {name for name, (roles, _) in PAGES.items() if Role.VIEWER in roles} - {"oauth_authorize", "access_withdraw"}
"""What somebody whose role waits may open: a viewer's pages, but no consent, which would act with the whole role."""


@pytest.mark.parametrize("role", PASSKEY_ROLES)
def test_n04_a_one_time_or_recovery_code_never_opens_such_a_role(olga: Person, role: Role) -> None:
    person = join(olga.organization, "p@acme.example", "Pat", role)
    factors = [TOTP.activate(person.user, generate_totp_secret()), RecoveryCodes.activate(person.user)]
    for factor in factors:
        client = signed_in(person.user)
        client.prove(person.user, factor.instance)
        assert _opened(client) == VIEWED


@pytest.mark.parametrize("role", PASSKEY_ROLES)
@pytest.mark.parametrize("level", [Level.AAL1, Level.AAL2])
def test_without_a_passkey_the_role_does_what_a_viewer_may(olga: Person, role: Role, level: Level) -> None:
    person = replace(olga.principal, role=role, level=level, fresh=True)
    resource = Resource("test", olga.organization.id)
    allowed = {each for each in Permission if isinstance(decide(person, each, resource), Allowed)}
    assert allowed <= OF_VIEWERS
    assert allowed >= {Permission.ORGANIZATION_READ, Permission.USAGE_READ}


def test_a_founder_without_a_passkey_is_told_what_the_role_waits_for(db: None) -> None:
    fay = found("fay@start.example", "Fay", "Start Up")
    client = signed_in(fay.user)
    page = client.get("/").content.decode()
    assert "Your role of owner waits for a passkey." in page
    assert reverse("mfa_add_webauthn") in page
    assert client.get(reverse("members_list")).headers["Location"].startswith("/confirm/passkey")
    passkey_of(fay.user)
    assert "Use your passkey to work as owner." in client.get("/").content.decode()
    assert "waits for a passkey" not in fay.browser().get("/").content.decode()


def test_a_promoted_developer_is_pending_among_the_members(olga: Person, max_: Person) -> None:
    with org_scope(olga.organization.id):
        row = Membership.objects.get(user=max_.user)
        members.change_role(olga.may(Permission.MEMBERS_CHANGE), row.id, "admin")
    browser = olga.browser()
    assert "waits for a passkey" in browser.get(reverse("members_list")).content.decode()
    assert _opened(signed_in(max_.user)) == VIEWED
    passkey_of(max_.user)
    assert "waits for a passkey" not in browser.get(reverse("members_list")).content.decode()
    assert _opened(max_.browser()) == {name for name, (roles, _) in PAGES.items() if Role.ADMIN in roles}


def test_a_passkey_that_is_gone_takes_the_role_with_it(olga: Person) -> None:
    client = olga.browser()
    assert client.get(reverse("events_list")).status_code == 200
    Authenticator.objects.filter(user=olga.user).delete()
    assert client.get(reverse("events_list")).status_code == 302


def test_an_owner_without_a_passkey_does_not_count_as_the_last_ones_successor(olga: Person) -> None:
    second = join(olga.organization, "second@acme.example", "Sec Ond", Role.OWNER)
    with org_scope(olga.organization.id):
        mine = Membership.objects.get(user=olga.user)
        with pytest.raises(Exception, match="owner with a passkey"):
            members.change_role(olga.may(Permission.MEMBERS_CHANGE), mine.id, "viewer")
        passkey_of(second.user)
        members.change_role(olga.may(Permission.MEMBERS_CHANGE), mine.id, "viewer")


def test_an_excused_role_works_with_a_one_time_code_until_the_day(olga: Person) -> None:
    factor = TOTP.activate(olga.user, generate_totp_secret()).instance
    with org_scope(olga.organization.id):
        until = timezone.now() + timedelta(days=2)
        made = policy.change(olga.may(Permission.SECURITY_CHANGE), policy.Wanted(excused_until=until))
    client = signed_in(olga.user)
    client.prove(olga.user, factor)
    assert client.get(reverse("key_create")).status_code == 200
    client.prove(olga.user, factor, ago=301)
    page = client.get(client.get(reverse("key_create")).headers["Location"]).content.decode()
    assert "Use an authenticator code this time" in page
    with org_scope(olga.organization.id):
        made.excused_until = timezone.now() - timedelta(seconds=1)
        made.save()
    assert client.get(reverse("members_list")).status_code == 302


def test_who_has_a_passkey_is_not_excused_from_using_it(olga: Person) -> None:
    passkey_of(olga.user)
    factor = TOTP.activate(olga.user, generate_totp_secret()).instance
    with org_scope(olga.organization.id):
        until = timezone.now() + timedelta(days=2)
        policy.change(olga.may(Permission.SECURITY_CHANGE), policy.Wanted(excused_until=until))
    client = signed_in(olga.user)
    client.prove(olga.user, factor)
    assert client.get(reverse("members_list")).status_code == 302


def test_a_verb_asks_again_what_the_page_asked(olga: Person) -> None:
    stale = replace(olga.principal, fresh=False)
    with org_scope(olga.organization.id), pytest.raises(Refused) as refused:
        require(stale, Permission.MEMBERS_PROMOTE, Resource("members", olga.organization.id))
    assert refused.value.reasons == (Reason.STEP_UP_REQUIRED,)
