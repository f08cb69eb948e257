"""Two people of our own finance with passkeys in software, and an approval as a browser would give it."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from allauth.core import context
from django.conf import settings
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import User
from accounts.sessions import SessionStore
from billing.evidence import approval
from billing.evidence.models import EvidencePack
from billing.evidence.submitting import ask
from billing.evidence.tasks import work
from tenants.guard import Grant
from tenants.permissions import Permission
from tenants.principal import Principal
from tenants.scope import org_scope
from tests.authenticators import SoftwarePasskey
from tests.billing.evidence.estate import grant_of, staff
from tests.people import new_person, passkey_of


@dataclass
class Colleague:
    """Somebody of finance at their browser."""

    user: User
    passkey: SoftwarePasskey = field(default_factory=SoftwarePasskey)
    session: SessionStore = field(default_factory=SessionStore)

    @property
    def principal(self) -> Principal:
        return replace(staff(str(self.user), str(self.user.pk)), user_id=self.user.pk)

    def may(self, permission: Permission) -> Grant:
        return grant_of(self.principal, permission)

    def request(self) -> HttpRequest:
        request = RequestFactory().get("/")
        request.session, request.user = self.session, self.user
        return request

    def asked(self, pack: EvidencePack) -> str:
        """Return the challenge that the page gives to the browser."""
        with org_scope(pack.org_id), context.request_context(self.request()):
            options = approval.begin(self.may(Permission.DISPUTES_APPROVE), pack, self.user, self.session)
        challenge: str = options["publicKey"]["challenge"]
        return challenge

    def answers(self, pack: EvidencePack, answer: dict[str, Any]) -> EvidencePack:
        with org_scope(pack.org_id), context.request_context(self.request()):
            grant = self.may(Permission.DISPUTES_APPROVE)
            return approval.approve(grant, pack.id, self.user, self.session, json.dumps(answer))

    def approves(self, pack: EvidencePack) -> EvidencePack:
        return self.answers(pack, self.passkey.answer(self.asked(pack)))

    def sends(self, pack: EvidencePack, step: "EvidencePack.Work") -> EvidencePack:
        """Ask for a step, let a worker do it, and return the pack as it then is."""
        with org_scope(pack.org_id):
            ask(self.may(Permission.DISPUTES_APPROVE), pack.id, step)
            work(str(pack.org_id), str(pack.id))
            found: EvidencePack = EvidencePack.objects.select_related("case").get(id=pack.id)
            return found


def colleague(name: str) -> Colleague:
    """Make somebody of finance with a passkey of their own."""
    site = settings.BASE_URL
    made = Colleague(new_person(f"{name.lower()}@tidegate.example", name), SoftwarePasskey(origin=site))
    passkey_of(made.user, made.passkey)
    return made
