"""Whoever removes a member, or leaves, is told which services stop with them, and where to pass them on."""

from html.parser import HTMLParser

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.workloads import identities
from accounts.workloads.identities import ServiceRequest
from accounts.workloads.models import ServiceIdentity
from tenants.models import Membership
from tenants.permissions import Permission, Role
from tenants.scope import org_scope
from tests.accounts.workloads.services import Service
from tests.people import Person, join


class _Dialogs(HTMLParser):
    """The text and links of each dialog of a page, by the address its form posts to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, tuple[list[str], list[str]]] = {}
        self._here: tuple[list[str], list[str]] | None = None
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "dialog":
            self._inside = True
        if self._inside and tag == "form":
            self._here = self.found.setdefault(said.get("action") or "", ([], []))
        if self._here and tag == "a":
            self._here[1].append(said.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "dialog":
            self._inside, self._here = False, None

    def handle_data(self, data: str) -> None:
        if self._here:
            self._here[0].append(data)


def _dialog(viewer: Person, of: Person) -> tuple[str, list[str]]:
    page = viewer.browser().get(reverse("members_list")).content.decode()
    words, links = _Dialogs(page).found[_removal(of)]
    return " ".join(" ".join(words).split()), links


def _removal(person: Person) -> str:
    with org_scope(person.organization.id):
        return reverse("member_remove", args=[Membership.objects.get(user=person.user).id])


@pytest.fixture
def ada(service: Service) -> Person:
    """An admin who answers for one service that works and one that is disabled."""
    ada = join(service.person.organization, "ada@acme.example", "Ada", Role.ADMIN)
    for name in ("Batch", "Retired"):
        wanted = ServiceRequest(name=name, scopes=["models:read"], owner_id=ada.user.pk)
        identities.create(service.person.may(Permission.SERVICES_CHANGE), wanted)
    retired = ServiceIdentity.objects.get(name="Retired")
    identities.disable(service.person.may(Permission.SERVICES_CHANGE), retired.id)
    return ada


def test_the_dialog_names_what_stops_and_leads_to_where_it_is_passed_on(service: Service, ada: Person) -> None:
    words, links = _dialog(service.person, ada)
    assert "1 service identity stops too : this person answers for it" in words
    assert "Batch" in words
    assert "Retired" not in words, "it has stopped already"
    assert links == [reverse("service_detail", args=[ServiceIdentity.objects.get(name="Batch").id])]


def test_who_leaves_reads_the_same_of_themselves(ada: Person, service: Service) -> None:
    words, links = _dialog(ada, ada)
    assert "Leave this organisation?" in words
    assert "you answer for it" in words
    assert len(links) == 1


def test_of_who_answers_for_nothing_nothing_is_said(service: Service) -> None:
    vera = join(service.person.organization, "vera@acme.example", "Vera", Role.VIEWER)
    words, links = _dialog(service.person, vera)
    assert "service" not in words
    assert links == []


def test_another_organisations_services_are_not_counted(ada: Person, service: Service, eve: Person) -> None:
    with org_scope(eve.organization.id):
        Membership.objects.create(user=ada.user, role="viewer")
    words, _ = _dialog(eve, Person(ada.user, eve.organization, Role.VIEWER))
    assert "service" not in words


def test_afterwards_it_says_once_more_what_stopped(service: Service, ada: Person) -> None:
    answer = service.person.browser().post(_removal(ada), {"confirm": ada.user.email})
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert said[1:] == ["“Batch” is refused until somebody else answers for it."]
