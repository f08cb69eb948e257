"""Continue with SSO: the page tells nothing; the mail goes where a domain is proved."""

import re
from queue import SimpleQueue
from threading import Event

import pytest
from django.test import Client
from django.urls import reverse

from accounts.sso import tasks, way_in
from accounts.sso.models import Connection
from audit.models import OutboxMessage
from tenants.scope import org_scope
from tests.accounts.sso.connected import connect_saml, prove
from tests.accounts.sso.saml_peer import SamlPeer
from tests.people import Person, new_client

pytestmark = pytest.mark.saml


@pytest.fixture
def connection(olga: Person, saml_idp: SamlPeer) -> Connection:
    prove(olga, "acme.example")
    return connect_saml(olga, saml_idp)


def ask(client: Client, email: str) -> str:
    response = client.post(reverse("sso_discover"), {"email": email})
    assert response.status_code == 200
    return re.sub(r'(nonce|value)="[^"]+"', "", response.content.decode().replace(email, ""))


def owed(person: Person) -> int:
    with org_scope(person.organization.id):
        return OutboxMessage.objects.filter(topic="sso.way_in").count()


def test_n01_the_answer_is_the_same_for_every_address(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """And so is the work: the page hands the address to a worker and asks the database nothing about it."""
    handed: SimpleQueue[str] = SimpleQueue()
    monkeypatch.setattr(tasks.send_way_in, "apply_async", lambda args, retry: handed.put(args[0]))
    addresses = ["olga@acme.example", "nobody@acme.example", "somebody@unknown.example"]
    assert len({ask(new_client(), email) for email in addresses}) == 1
    assert not any("acme" in handed.get(timeout=10) for _ in addresses)
    assert handed.empty()


def test_a_broker_that_hangs_holds_no_page_up(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """And those that wait for it are bounded."""
    held, asked = Event(), SimpleQueue[str]()

    def hang(args: tuple[str], retry: bool) -> None:
        asked.put(args[0])
        held.wait(30)

    monkeypatch.setattr(tasks.send_way_in, "apply_async", hang)
    for _ in range(tasks.MOST_WAITING + 3):
        tasks.hand_over("sealed")
    assert [asked.get(timeout=10) for _ in range(tasks.MOST_WAITING)] == ["sealed"] * tasks.MOST_WAITING
    assert asked.empty()
    held.set()


def test_an_address_at_a_proved_domain_gets_the_way_in(olga: Person, connection: Connection) -> None:
    assert way_in.answer(way_in.sealed("Somebody@Acme.example"))
    assert owed(olga) == 1


@pytest.mark.parametrize(
    "email", ["x@unknown.example", "x@sub.acme.example", "x@acme.example.evil.example", "acme.example"]
)
def test_no_other_address_gets_one(olga: Person, connection: Connection, email: str) -> None:
    assert not way_in.answer(way_in.sealed(email))
    assert owed(olga) == 0


def test_a_connection_that_is_not_enabled_is_no_way_in(olga: Person, connection: Connection) -> None:
    with org_scope(olga.organization.id):
        Connection.objects.update(state="disabled")
    assert not way_in.answer(way_in.sealed("x@acme.example"))


def test_asking_too_often_is_stopped(connection: Connection) -> None:
    client = new_client()
    statuses = [client.post(reverse("sso_discover"), {"email": "x@acme.example"}).status_code for _ in range(8)]
    assert statuses[-1] == 429


def test_the_entry_names_the_organisation_to_who_knows_its_address_alone(connection: Connection) -> None:
    assert "Acme Rockets" in new_client().get(reverse("sso_entry", args=[connection.provider_id])).content.decode()
    wrong = connection.provider_id[:-1] + ("0" if connection.provider_id[-1] != "0" else "1")
    assert new_client().get(reverse("sso_entry", args=[wrong])).status_code == 404


def test_another_site_cannot_send_somebody_through(connection: Connection) -> None:
    start = new_client(**{"sec-fetch-site": "cross-site"}).get(reverse("sso_start", args=[connection.provider_id]))
    assert start.headers["Location"] == reverse("sso_entry", args=[connection.provider_id])
