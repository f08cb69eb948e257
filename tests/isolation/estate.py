"""Everything an organisation can have: one committed row of every tenant model, each reached through its own verb.

`ROWS` names a maker for each model. A new tenant model without one fails `test_models`, and so does not go unattacked.
"""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone

from accounts.assurance.models import FactorReset, Reminder, SecurityPolicy
from accounts.models import ApiKey, ApiKeySecret
from accounts.oauth import models as oauth
from accounts.risk.models import Alert, Decline, Hold, RiskSettings
from accounts.workloads.models import ServiceIdentity, ServiceKey, TrustedIssuer, UsedAssertion
from audit.holds import hold
from audit.idempotency import KeyedCall, answer_row, claim, keep_in_transaction
from audit.models import AuditEvent, Decision, IdempotencyClaim, KeptAnswer, LegalHold, OutboxMessage
from audit.outbox import post
from promptguard import policies
from promptguard.models import DecisionReport, GuardPolicy
from promptguard.reports import report
from tenants.models import Invitation, Membership
from tenants.permissions import Permission, Role
from tenants.scope import OrgManager, OrgModel, org_scope
from tenants.services import invitations
from tests.isolation import (
    assurance_rows,
    dispute_rows,
    entitlement_rows,
    evidence_rows,
    invoicing_rows,
    ledger_rows,
    oauth_rows,
    payments_rows,
    processor_rows,
    risk_rows,
    service_rows,
    sso_rows,
    subscription_rows,
    webhook_rows,
)
from tests.people import Person, found, join

QUIET = "tests.isolation"
"""A topic of the outbox that nothing delivers while the estates stand."""


@dataclass(frozen=True, slots=True)
class Estate:
    """An organisation with a row of every tenant model. `canary` is in every text that its rows have room for."""

    owner: Person
    member: Person
    canary: str
    secret: str
    rows: dict[type[models.Model], models.Model] = field(default_factory=dict)

    @property
    def org_id(self) -> uuid.UUID:
        return self.owner.organization.id


def tenant_models() -> list[type[models.Model]]:
    """Return every model whose rows belong to one organisation."""
    return [model for model in apps.get_models() if issubclass(model, OrgModel) or _is_managed_by_tenant(model)]


def _is_managed_by_tenant(model: type[models.Model]) -> bool:
    return isinstance(model._default_manager, OrgManager)


def settled(name: str) -> Estate:
    """Make, commit and return an organisation with everything in it."""
    canary = f"canary{secrets.token_hex(6)}"
    owner = found(f"{canary}@{name}.example", f"Olga {canary}", f"The {name} {canary}")
    member = join(owner.organization, f"member.{canary}@{name}.example", f"Max {canary}", Role.DEVELOPER)
    _, secret = owner.key()
    estate = Estate(owner, member, canary, secret)
    with org_scope(estate.org_id), transaction.atomic():
        for model, make in ROWS.items():
            estate.rows[model] = make(estate)
    return estate


def _invitation(estate: Estate) -> Invitation:
    grant = estate.owner.may(Permission.MEMBERS_INVITE)
    return invitations.invite(grant, f"guest.{estate.canary}@example.com", Role.VIEWER)


def _policy(estate: Estate) -> GuardPolicy:
    kind = {"name": estate.canary.upper(), "pattern": f"{estate.canary}-\\d+", "must_match": [f"{estate.canary}-1"]}
    grant = estate.owner.may(Permission.POLICY_CHANGE)
    saved = policies.save(grant, {"own": [kind], "terms": [estate.canary]}, note=estate.canary)
    return policies.activate(grant, saved.id)


def _decision(estate: Estate) -> Decision:
    made = estate.owner.may(Permission.DECISIONS_READ).decision_id
    decision: Decision = Decision.objects.get(id=made)
    return decision


def _report(estate: Estate) -> DecisionReport:
    return report(estate.owner.may(Permission.DECISIONS_REPORT), _decision(estate), "allow", estate.canary)


def _message(estate: Estate) -> OutboxMessage:
    post(QUIET, {"canary": estate.canary})
    message: OutboxMessage = OutboxMessage.objects.get(topic=QUIET)
    return message


def _claim(estate: Estate) -> IdempotencyClaim:
    claim(KeyedCall(uuid.uuid4(), estate.org_id, (secrets.token_bytes(32),)))
    return IdempotencyClaim.objects.get()  # type: ignore[no-any-return]  # the stubs lose the model


def _answer(estate: Estate) -> KeptAnswer:
    call = KeyedCall(uuid.uuid4(), estate.org_id, (secrets.token_bytes(32),))
    keep_in_transaction(answer_row(call, estate.canary.encode()))
    return KeptAnswer.objects.get()  # type: ignore[no-any-return]  # the stubs lose the model


def _first(model: type[models.Model]) -> Any:  # noqa: ANN401 (a row of `model`)
    return model._default_manager.order_by("pk").first()


ROWS: dict[type[models.Model], Callable[[Estate], models.Model]] = {
    Membership: lambda estate: Membership.objects.get(user=estate.member.user),
    Invitation: _invitation,
    ApiKey: lambda estate: _first(ApiKey),
    ApiKeySecret: lambda estate: _first(ApiKeySecret),
    oauth.Application: oauth_rows.application,
    oauth.Grant: oauth_rows.code,
    oauth.AccessToken: oauth_rows.access,
    oauth.RefreshToken: oauth_rows.refresh,
    oauth.UsedAssertion: oauth_rows.used,
    oauth.UsedProof: oauth_rows.proof,
    ServiceIdentity: service_rows.service,
    ServiceKey: service_rows.key,
    TrustedIssuer: service_rows.issuer,
    UsedAssertion: service_rows.used,
    **sso_rows.ROWS,
    Alert: risk_rows.alert,
    Hold: risk_rows.hold,
    Decline: risk_rows.decline,
    RiskSettings: risk_rows.settings,
    SecurityPolicy: assurance_rows.security_policy,
    FactorReset: assurance_rows.reset,
    Reminder: assurance_rows.reminder,
    **entitlement_rows.ROWS,
    **subscription_rows.ROWS,
    **ledger_rows.ROWS,
    **payments_rows.ROWS,
    **invoicing_rows.ROWS,
    **dispute_rows.ROWS,
    **evidence_rows.ROWS,
    **webhook_rows.ROWS,
    **processor_rows.ROWS,
    GuardPolicy: _policy,
    Decision: _decision,
    DecisionReport: _report,
    AuditEvent: lambda estate: _first(AuditEvent),
    OutboxMessage: _message,
    IdempotencyClaim: _claim,
    KeptAnswer: _answer,
    LegalHold: lambda estate: hold(estate.canary, timezone.now()),
}
