"""Enforced single sign-on: whom it stops, where, and who still comes in."""

import json
import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.sso import connections
from accounts.sso.models import Connection
from audit.events import Event
from audit.models import AuditEvent
from tenants.models import Membership
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.sso.connected import asked, connect_saml, delivered, prove
from tests.accounts.sso.saml_peer import SamlPeer
from tests.api.conftest import Application
from tests.authenticators import SoftwarePasskey
from tests.people import PASSWORD, Person, new_client, passkey_of

pytestmark = pytest.mark.saml
MAX: dict[str, Any] = {"mail": "max@acme.example", "groups": ["engineers"]}


@pytest.fixture
def enforced(olga: Person, saml_idp: SamlPeer) -> Connection:
    """Acme's provider, the only way in but for Olga."""
    passkey_of(olga.user)
    return enforce(olga, saml_idp)


def enforce(owner: Person, peer: SamlPeer) -> Connection:
    prove(owner, "acme.example")
    connection = connect_saml(owner, peer)
    with org_scope(owner.organization.id):
        return connections.enforce(owner.may(Permission.SSO_CHANGE), connection.id, owner.user.pk)


def test_a_password_opens_nothing_and_the_way_in_is_shown(enforced: Connection, max_: Person) -> None:
    browser = new_client()
    answer = browser.post(reverse("account_login"), {"login": max_.user.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert reverse("sso_start", args=[enforced.provider_id]) in answer.content.decode()
    assert browser.get("/keys/").status_code == 302


def test_a_session_from_before_is_stopped_at_the_door(enforced: Connection, max_: Person) -> None:
    """Also one with a passkey: enforcement is about who vouches, not about how strong a factor is."""
    answer = max_.browser().get("/keys/")
    assert answer.status_code == 403
    assert "asks for single sign-on" in answer.content.decode()


def test_the_provider_opens_it(enforced: Connection, max_: Person, saml_idp: SamlPeer) -> None:
    browser = new_client()
    request = asked(browser, enforced, saml_idp)
    assert delivered(browser, enforced, saml_idp.answer(request, "s-max", **MAX)).status_code == 302
    assert browser.get("/keys/").status_code == 200


def test_a_session_goes_on_when_the_provider_vouches_for_it(
    enforced: Connection, max_: Person, saml_idp: SamlPeer
) -> None:
    browser = max_.browser()
    request = asked(browser, enforced, saml_idp, "?next=/keys/")
    delivered(browser, enforced, saml_idp.answer(request, "s-max", **MAX))
    assert browser.get("/keys/").status_code == 200


def test_the_owner_for_emergencies_comes_in_with_password_and_passkey_and_it_is_told(
    olga: Person, saml_idp: SamlPeer
) -> None:
    passkey = SoftwarePasskey()
    passkey_of(olga.user, passkey)
    enforce(olga, saml_idp)
    browser = new_client()
    stage = browser.post(reverse("account_login"), {"login": olga.user.email, "password": PASSWORD}, follow=True)
    challenge = re.search(r'"challenge": "([\w-]+)"', stage.content.decode())
    assert challenge is not None
    answer = browser.post(reverse("mfa_authenticate"), {"credential": json.dumps(passkey.answer(challenge[1]))})
    assert answer.status_code == 302
    assert browser.get("/sso/").status_code == 200
    with org_scope(olga.organization.id):
        assert AuditEvent.objects.filter(event=Event.SSO_BYPASSED.value, target=str(olga.user.pk)).exists()


def test_people_at_other_domains_keep_their_way(enforced: Connection, olga: Person, eve: Person) -> None:
    with org_scope(olga.organization.id):
        Membership.objects.create(user=eve.user, role="viewer")
    browser = eve.browser()
    browser.post(reverse("organization_switch"), {"organization": olga.organization.id})
    assert browser.get("/").status_code == 200


def test_it_needs_an_owner_with_password_and_passkey(olga: Person, max_: Person, saml_idp: SamlPeer) -> None:
    prove(olga, "acme.example")
    connection = connect_saml(olga, saml_idp)
    with org_scope(olga.organization.id):
        grant = olga.may(Permission.SSO_CHANGE)
        for nobody in (olga.user.pk, max_.user.pk):
            with pytest.raises(ValidationError, match="passkey"):
                connections.enforce(grant, connection.id, nobody)


def test_a_key_goes_on_working(enforced: Connection, max_: Person) -> None:
    assert Application(*max_.key()).get("/v1/models").status_code == 200


def test_a_provider_that_was_read_anew_is_tried_before_it_is_enforced(olga: Person, saml_idp: SamlPeer) -> None:
    passkey_of(olga.user)
    prove(olga, "acme.example")
    connection = connect_saml(olga, saml_idp)
    with org_scope(olga.organization.id):
        Connection.objects.update(tested_at=None)
        with pytest.raises(ValidationError, match="Try it first"):
            connections.enforce(olga.may(Permission.SSO_CHANGE), connection.id, olga.user.pk)
        assert not connections.enforced().exists()
