"""Signing in through a SAML identity provider that nobody here wrote; answers again, elsewhere, too late, too weak."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections as databases
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.sso import saml
from accounts.sso.asserted import AnswerRefused
from accounts.sso.models import SamlAnswer
from tenants.models import Membership
from tenants.scope import org_scope
from tests.accounts.sso.connected import asked, connect_saml, delivered, prove
from tests.accounts.sso.saml_peer import SamlPeer, encoded
from tests.committed import new_owner
from tests.people import Person, new_client

pytestmark = pytest.mark.saml
SIG_RSA_SHA1, DIGEST_SHA1 = (f"http://www.w3.org/2000/09/xmldsig#{name}" for name in ("rsa-sha1", "sha1"))
NAMEID_FORMAT_EMAILADDRESS = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
NAMEID_FORMAT_TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
ANN: dict[str, Any] = {"mail": "ann@acme.example", "displayName": "Ann", "groups": ["engineers"]}


def test_a_new_person_becomes_a_member_with_the_mapped_role(olga: Person, saml_idp: SamlPeer) -> None:
    prove(olga, "acme.example")
    connection = connect_saml(olga, saml_idp)
    browser = new_client()
    request = asked(browser, connection, saml_idp, "?next=/keys/")
    response = delivered(browser, connection, saml_idp.answer(request, "s-ann", **ANN))
    assert (response.status_code, response.headers["Location"]) == (302, "/keys/")
    ann = User.objects.get(email="ann@acme.example")
    with org_scope(olga.organization.id):
        assert Membership.objects.get(user=ann).role == "developer"
    assert browser.get("/keys/").status_code == 200


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_s05_neither_relay_state_nor_next_leads_off_this_site(olga: Person, saml_idp: SamlPeer, there: str) -> None:
    prove(olga, "acme.example")
    connection = connect_saml(olga, saml_idp)
    browser = new_client()
    request = asked(browser, connection, saml_idp, f"?next={there}")
    response = delivered(browser, connection, saml_idp.answer(request, "s-ann", **ANN), relay_state=there)
    assert (response.status_code, response.headers["Location"]) == (302, "/")


def test_an_answer_that_nobody_asked_for_signs_nobody_in(olga: Person, saml_idp: SamlPeer) -> None:
    """Also one to another browser's request: the provider cannot start a sign-in, and nor can who planted a page."""
    prove(olga, "acme.example")
    connection = connect_saml(olga, saml_idp)
    request = asked(new_client(), connection, saml_idp)
    victim = new_client()
    assert delivered(victim, connection, saml_idp.answer(request, "s-ann", **ANN)).status_code == 403
    assert victim.get("/keys/").status_code == 302
    assert not User.objects.filter(email="ann@acme.example").exists()


def test_o08_an_assertion_is_accepted_once(olga: Person, saml_idp: SamlPeer) -> None:
    prove(olga, "acme.example")
    connection = connect_saml(olga, saml_idp)
    browser = new_client()
    document = saml_idp.answer(asked(browser, connection, saml_idp), "s-ann", **ANN)
    assert delivered(browser, connection, document).status_code == 302
    assert delivered(browser, connection, document).status_code == 403
    with org_scope(olga.organization.id):
        assert SamlAnswer.objects.get().payload == ""


def test_o08_an_assertion_that_comes_many_times_at_once_is_accepted_once(committed: None, saml_idp: SamlPeer) -> None:
    owner = new_owner()
    connection = connect_saml(owner, saml_idp)
    document = saml_idp.answer(asked(new_client(), connection, saml_idp), "s-ann", **ANN)
    url, answers = reverse("sso_acs", args=[connection.provider_id]), []

    def post() -> None:
        answers.append(new_client().post(url, {"SAMLResponse": encoded(document)}).status_code)
        databases.close_all()

    threads = [threading.Thread(target=post) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [302, 403, 403, 403, 403, 403]


def test_o08_an_answer_for_another_connection_is_refused(olga: Person, eve: Person, saml_idp: SamlPeer) -> None:
    """Both tenants use the same provider: what it says to one is not said to the other."""
    theirs = connect_saml(eve, saml_idp)
    browser = new_client()
    request = asked(browser, theirs, saml_idp)
    document = saml_idp.answer(request, "s-ann", **ANN)
    ours = connect_saml(olga, saml_idp)
    assert delivered(browser, ours, document).status_code == 403


def test_o08_an_answer_is_refused_when_its_time_is_over(
    olga: Person, saml_idp: SamlPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect_saml(olga, saml_idp)
    document = saml_idp.answer(asked(new_client(), connection, saml_idp), "s-ann", **ANN)
    with org_scope(olga.organization.id):
        later = timezone.now() + timedelta(minutes=8)
        monkeypatch.setattr("django.utils.timezone.now", lambda: later)
        with pytest.raises(AnswerRefused):
            saml.verified(connection, encoded(document))


def test_o02_another_providers_signature_is_refused(olga: Person, saml_idp: SamlPeer, other_saml_idp: SamlPeer) -> None:
    prove(olga, "acme.example")
    connection = connect_saml(olga, saml_idp)
    other_saml_idp.knows(saml.metadata(connection).decode())
    browser = new_client()
    request = asked(browser, connection, saml_idp)
    document = other_saml_idp.answer(request, "s-ann", **ANN)
    assert delivered(browser, connection, document).status_code == 403
    posing = document.replace(other_saml_idp.entity_id.encode(), saml_idp.entity_id.encode())
    assert delivered(browser, connection, posing).status_code == 403


@pytest.mark.parametrize(
    "weak",
    [
        {"sign_alg": SIG_RSA_SHA1},
        {"digest_alg": DIGEST_SHA1},
        {"sign_response": False},
        {"sign_assertion": False},
        {"sign_response": False, "sign_assertion": False},
    ],
    ids=str,
)
def test_o09_a_weak_or_missing_signature_is_refused(olga: Person, saml_idp: SamlPeer, weak: dict[str, Any]) -> None:
    prove(olga, "acme.example")
    connection = connect_saml(olga, saml_idp)
    browser = new_client()
    document = saml_idp.answer(asked(browser, connection, saml_idp), "s-ann", **ANN, **weak)
    assert refusal(delivered(browser, connection, document)) == "AUTHN-SSO-001"


@pytest.mark.parametrize(
    ("subject", "form"), [("ann@acme.example", NAMEID_FORMAT_EMAILADDRESS), ("t-1", NAMEID_FORMAT_TRANSIENT)]
)
def test_o03_a_subject_that_does_not_stay_somebodys_is_refused(
    olga: Person, saml_idp: SamlPeer, subject: str, form: str
) -> None:
    connection = connect_saml(olga, saml_idp)
    document = saml_idp.answer(asked(new_client(), connection, saml_idp), subject, name_format=form, **ANN)
    with org_scope(olga.organization.id), pytest.raises(AnswerRefused, match="NameID"):
        saml.verified(connection, encoded(document))


def refusal(response: HttpResponse) -> str:
    """Return the reason a refused person is told."""
    assert response.status_code == 403
    page = response.content.decode()
    return "AUTHN-SSO-001" if "AUTHN-SSO-001" in page else page
