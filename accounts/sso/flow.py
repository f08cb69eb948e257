"""A sign-in under way: what the browser's session keeps of it, and what the answer leads to.

The three purposes are signing in, linking one's own account, and an admin's test, which signs nobody in.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from accounts.sso.asserted import AnswerRefused
from accounts.sso.models import Connection
from audit.reasons import Reason
from audit.record import Actor
from tenants.credentials import org_of
from tenants.middleware import choose
from tenants.models import Organization
from tenants.proxies import client_address
from tenants.scope import org_scope
from tenants.vouching import METHOD

KEY = "sso_pending"
LIFE = 600  # seconds
MOST = 5
HOURS = 12
"""How long a session lasts that stands on an identity provider: who was removed there is out by then."""


class Purpose(StrEnum):
    SIGN_IN = "sign_in"
    LINK = "link"
    TEST = "test"


class NotAccepted(Exception):
    """Somebody is not signed in; `reason` is what they may know of it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that this browser began: its purpose, for whom, where to go afterwards, and the protocol's own."""

    purpose: Purpose
    user: str
    next: str
    protocol: dict[str, str]


@contextmanager
def opened(provider_id: str) -> Iterator[Connection]:
    """Find a connection by its name and open its organisation; raises `Http404` for any other name."""
    org_id = org_of(provider_id)
    if org_id is None:
        raise Http404
    with org_scope(org_id):
        connection = Connection.objects.select_related("org").filter(provider_id=provider_id).first()
        if connection is None or connection.org.status != Organization.Status.ACTIVE:
            raise Http404
        yield connection


def own_path(wanted: str) -> str:
    """Return a path of this site that a browser may be sent to, or "": nothing that names a host."""
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if safe and len(wanted) < 1_000 else ""


def remember(request: HttpRequest, connection: Connection, purpose: Purpose, protocol: dict[str, str]) -> None:
    """Keep in this browser's session that it began a sign-in, the newest few only."""
    kept = [entry for entry in request.session.get(KEY, []) if entry["at"] > time.time() - LIFE]
    user = str(request.user.pk) if request.user.is_authenticated and purpose is not Purpose.SIGN_IN else ""
    entry: dict[str, object] = {
        "key": protocol["state"],
        "connection": str(connection.id),
        "purpose": purpose.value,
        "at": time.time(),
        "user": user,
        "next": own_path(request.GET.get("next", "")),
        "protocol": protocol,
    }
    request.session[KEY] = [*kept, entry][-MOST:]


def recall(request: HttpRequest, connection: Connection, key: str) -> Begun:
    """Return, once, what this browser began under `key` on this very connection; raises `NotAccepted`."""
    entries = request.session.get(KEY, [])
    entry = next((each for each in entries if key and each["key"] == key), None)
    if entry is None:
        raise NotAccepted(Reason.SSO_ANSWER)
    request.session[KEY] = [each for each in entries if each is not entry]
    if entry["connection"] != str(connection.id) or entry["at"] < time.time() - LIFE:
        raise NotAccepted(Reason.SSO_ANSWER)
    begun = Begun(Purpose(entry["purpose"]), entry["user"], entry["next"], entry["protocol"])
    if begun.user and begun.user != str(request.user.pk):
        raise NotAccepted(Reason.SSO_ANSWER)
    return begun


def actor_at(request: HttpRequest, label: str) -> Actor:
    """Return who the audit log names before it is known who it is."""
    address = client_address(request) or None
    return Actor("sso", "", label, address, request.META.get("tidegate.request_id", ""))


def sign_in(request: HttpRequest, connection: Connection, user: User, next_path: str) -> HttpResponse:
    """Sign a person in on the word of a connection, through all of allauth's stages.

    Who is signed in as the same person keeps the session, and adds the provider's word to it.
    """
    org_id: uuid.UUID = connection.org_id
    target = next_path or "/"
    said = {"org": str(org_id), "connection": connection.provider_id}
    if request.user.is_authenticated and request.user.pk == user.pk:
        record_authentication(request, user, METHOD, **said)
        choose(request, org_id)
        return HttpResponseRedirect(target)
    if request.user.is_authenticated:
        get_adapter(request).logout(request)
    request.session.set_expiry(HOURS * 3600)
    record_authentication(request, user, METHOD, **said)
    choose(request, org_id)
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=target))
    return response


def check_enabled(connection: Connection, purpose: Purpose) -> None:
    """Raise `NotAccepted` where the connection lets nobody in; a test may come before."""
    if not connection.is_enabled and purpose is not Purpose.TEST:
        raise NotAccepted(Reason.SSO_NOT_ENABLED)
    if not connection.pinned:
        raise AnswerRefused("Nothing is known of the provider yet.")
