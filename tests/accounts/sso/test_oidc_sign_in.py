"""Signing in through an OpenID provider that nobody here wrote, from the start to the session."""

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.sso.models import Identity
from audit.events import Event
from audit.models import AuditEvent
from tenants.models import Membership, Organization
from tenants.scope import org_scope
from tests.accounts.sso.connected import come_in, connect, prove
from tests.accounts.sso.openid_peer import OpenIdPeer
from tests.people import Person, new_client, new_person

pytestmark = pytest.mark.openid


def role_of(person: Person, user: User) -> str | None:
    with org_scope(person.organization.id):
        membership = Membership.objects.filter(user=user).first()
        return membership.role if membership else None


def test_a_new_person_at_a_proved_domain_becomes_a_member_with_the_mapped_role(
    olga: Person, acme_idp: OpenIdPeer
) -> None:
    prove(olga, "acme.example")
    connection = connect(olga, acme_idp)
    acme_idp.asserts("u-ann", email="ann@acme.example", email_verified=True, name="Ann", groups=["engineers"])
    browser = new_client()
    response = come_in(browser, connection, acme_idp, "u-ann", "?next=/keys/")
    assert (response.status_code, response.headers["Location"]) == (302, "/keys/")
    ann = User.objects.get(email="ann@acme.example")
    assert role_of(olga, ann) == "developer"
    assert not ann.has_usable_password()
    assert browser.get("/keys/").status_code == 200
    with org_scope(olga.organization.id):
        assert Identity.objects.get(user=ann).subject == "u-ann"
        assert AuditEvent.objects.filter(event=Event.MEMBER_JOINED.value, target=str(ann.pk)).exists()


def test_the_role_follows_the_groups_at_every_sign_in(olga: Person, acme_idp: OpenIdPeer) -> None:
    prove(olga, "acme.example")
    connection = connect(olga, acme_idp)
    acme_idp.asserts("u-bea", email="bea@acme.example", groups=["engineers"])
    come_in(new_client(), connection, acme_idp, "u-bea")
    bea = User.objects.get(email="bea@acme.example")
    acme_idp.asserts("u-bea", email="bea@acme.example", groups=["engineers", "board"])
    come_in(new_client(), connection, acme_idp, "u-bea")
    assert role_of(olga, bea) == "admin"


def test_somebody_whom_the_groups_no_longer_let_in_is_out(olga: Person, acme_idp: OpenIdPeer) -> None:
    prove(olga, "acme.example")
    connection = connect(olga, acme_idp)
    acme_idp.asserts("u-cal", email="cal@acme.example", groups=["engineers"])
    former = new_client()
    come_in(former, connection, acme_idp, "u-cal")
    acme_idp.asserts("u-cal", email="cal@acme.example", groups=["guests"])
    refused = come_in(new_client(), connection, acme_idp, "u-cal")
    assert refused.status_code == 403
    assert "AUTHN-SSO-003" in refused.content.decode()
    assert role_of(olga, User.objects.get(email="cal@acme.example")) is None
    assert former.get("/keys/").status_code == 302


def test_nobody_comes_in_where_every_seat_is_taken(olga: Person, acme_idp: OpenIdPeer) -> None:
    prove(olga, "acme.example")
    connection = connect(olga, acme_idp)
    with org_scope(olga.organization.id):
        Organization.objects.update(seats=1)
    acme_idp.asserts("u-eva", email="eva@acme.example", groups=["engineers"])
    refused = come_in(new_client(), connection, acme_idp, "u-eva")
    assert refused.status_code == 403
    assert "AUTHN-SSO-008" in refused.content.decode()
    assert not User.objects.filter(email="eva@acme.example").exists()


def test_a_domain_that_is_not_proved_lets_nobody_in(olga: Person, acme_idp: OpenIdPeer) -> None:
    connection = connect(olga, acme_idp)
    acme_idp.asserts("u-dan", email="dan@acme.example", groups=["engineers"])
    refused = come_in(new_client(), connection, acme_idp, "u-dan")
    assert "AUTHN-SSO-002" in refused.content.decode()
    assert not User.objects.filter(email="dan@acme.example").exists()


def test_n07_an_address_the_provider_has_not_verified_links_nothing(
    olga: Person, max_: Person, acme_idp: OpenIdPeer
) -> None:
    prove(olga, "acme.example")
    connection = connect(olga, acme_idp)
    acme_idp.asserts("u-evil", email="max@acme.example", email_verified=False, groups=["engineers"])
    assert come_in(new_client(), connection, acme_idp, "u-evil").status_code == 403
    with org_scope(olga.organization.id):
        assert not Identity.objects.exists()


def test_a_member_with_the_address_is_linked_and_told(olga: Person, max_: Person, acme_idp: OpenIdPeer) -> None:
    prove(olga, "acme.example")
    connection = connect(olga, acme_idp)
    acme_idp.asserts("u-max", email="max@acme.example", groups=["engineers"])
    assert come_in(new_client(), connection, acme_idp, "u-max").status_code == 302
    with org_scope(olga.organization.id):
        assert Identity.objects.get().user == max_.user


def test_n07_an_account_outside_the_organisation_is_not_linked_by_its_address(
    olga: Person, acme_idp: OpenIdPeer
) -> None:
    stranger = new_person("pat@acme.example", "Pat")
    prove(olga, "acme.example")
    connection = connect(olga, acme_idp)
    acme_idp.asserts("u-pat", email="pat@acme.example", groups=["engineers"])
    refused = come_in(new_client(), connection, acme_idp, "u-pat")
    assert "AUTHN-SSO-004" in refused.content.decode()
    assert role_of(olga, stranger) is None


def test_n07_an_account_that_squats_on_an_address_unproved_is_replaced(olga: Person, acme_idp: OpenIdPeer) -> None:
    squatter = User.objects.create_user("quin@acme.example", "the-squatters-password-1")
    prove(olga, "acme.example")
    connection = connect(olga, acme_idp)
    acme_idp.asserts("u-quin", email="quin@acme.example", groups=["engineers"])
    assert come_in(new_client(), connection, acme_idp, "u-quin").status_code == 302
    quin = User.objects.get(email="quin@acme.example")
    assert quin.pk != squatter.pk
    assert not quin.has_usable_password()


def test_o03_an_address_given_to_somebody_else_takes_no_account_over(olga: Person, acme_idp: OpenIdPeer) -> None:
    prove(olga, "acme.example")
    connection = connect(olga, acme_idp)
    acme_idp.asserts("u-eli", email="eli@acme.example", groups=["engineers"])
    come_in(new_client(), connection, acme_idp, "u-eli")
    acme_idp.asserts("u-new", email="eli@acme.example", groups=["engineers"])
    refused = come_in(new_client(), connection, acme_idp, "u-new")
    assert refused.status_code == 403
    with org_scope(olga.organization.id):
        assert [identity.subject for identity in Identity.objects.all()] == ["u-eli"]


def test_o02_another_tenants_provider_never_signs_in_ours_whatever_it_asserts(
    olga: Person, max_: Person, eve: Person, acme_idp: OpenIdPeer, globex_idp: OpenIdPeer
) -> None:
    prove(olga, "acme.example")
    prove(eve, "globex.example")
    ours = connect(olga, acme_idp)
    acme_idp.asserts("u-max", email="max@acme.example", groups=["engineers"])
    come_in(new_client(), ours, acme_idp, "u-max")
    theirs = connect(eve, globex_idp, role_map="engineers = developer")
    for email in ("max@acme.example", "olga@acme.example", "MAX@ACME.EXAMPLE"):
        globex_idp.asserts("u-max", email=email, email_verified=True, groups=["engineers"])
        browser = new_client()
        assert come_in(browser, theirs, globex_idp, "u-max").status_code == 403
        assert browser.get("/keys/").status_code == 302
    assert role_of(eve, max_.user) is None


def test_o02_a_session_of_one_tenants_provider_opens_no_other_tenant(
    olga: Person, eve: Person, globex_idp: OpenIdPeer
) -> None:
    """Max works for both; whoever runs Globex's provider must not get at Acme through him, nor at his account."""
    max_ = new_person("max@globex.example", "Max")
    for place in (olga, eve):
        with org_scope(place.organization.id):
            Membership.objects.create(user=max_, role="developer")
    prove(eve, "globex.example")
    connection = connect(eve, globex_idp)
    globex_idp.asserts("u-m", email="max@globex.example", groups=["engineers"])
    browser = new_client()
    assert come_in(browser, connection, globex_idp, "u-m").status_code == 302
    browser.post(reverse("organization_switch"), {"organization": olga.organization.id})
    page = browser.get("/").content.decode()
    assert "Globex Industries" in page
    assert "Acme Rockets" not in page
    for name in ("account_email", "account_change_password", "mfa_index", "mfa_add_webauthn", "mfa_activate_totp"):
        assert browser.get(reverse(name)).status_code in {302, 403}, name
        assert browser.post(reverse(name), {"email": "eve@evil.example", "action_add": ""}).status_code == 403, name
