"""Four weeks of invented decisions, so that the demonstration's pages have something to show."""

import random
import uuid
from datetime import UTC, datetime, timedelta

from accounts.models import ApiKey
from audit.ids import new_decision_id
from audit.models import Decision
from audit.reasons import Reason
from audit.record import DecisionRow
from audit.recorder import record_durably
from promptguard.policy import SHIPPED_VERSION
from tenants.models import Organization
from tenants.scope import org_scope

DAYS = 28
PER_DAY = 24
SEED = 20_260_701
_CASES: tuple[tuple[int, str, tuple[Reason, ...], dict[str, dict[str, int]]], ...] = (
    (82, "allow", (Reason.CLEAN,), {}),
    (5, "block", (Reason.INJECTION_OVERRIDE, Reason.INJECTION_LEARNED), {"prompt_injection": {"override": 1}}),
    (4, "block", (Reason.PII_CONTACT,), {"pii": {"EMAIL": 1, "PHONE": 1}}),
    (3, "flag", (Reason.PII_IDENTITY,), {"pii": {"PERSON": 1}}),
    (2, "block", (Reason.SECRET_PROVIDER,), {"secrets": {"aws-access-key": 1}}),
    (2, "block", (Reason.PII_FINANCIAL,), {"pii": {"CARD": 1}}),
    (1, "block", (Reason.TENANT_JOIN,), {"cross_tenant": {"join": 1}}),
    (1, "block", (Reason.EXFILTRATION_LINK,), {"exfiltration": {"markdown_image": 1}}),
)


def seed_traffic(org_id: uuid.UUID) -> int:
    """Record the invented decisions of one organisation, unless it has decisions already; returns how many."""
    with org_scope(org_id):
        if Decision.objects.filter(permission="guard:check").exists():
            return 0
        organization = Organization.objects.get()
        key: ApiKey = ApiKey.objects.earliest("created_at")
    chance = random.Random(SEED ^ org_id.int)  # noqa: S311 (a picture, not a secret)
    now = datetime.now(UTC)
    rows = [_row(organization, key, _moment(chance, now, day), chance) for day in range(DAYS) for _ in range(PER_DAY)]
    for row in rows:
        record_durably(row)
    return len(rows)


def _moment(chance: random.Random, now: datetime, days_ago: int) -> datetime:
    return now - timedelta(days=days_ago, minutes=chance.triangular(1, 1400, 600))


def _row(organization: Organization, key: ApiKey, at: datetime, chance: random.Random) -> DecisionRow:
    _, action, reasons, findings = chance.choices(_CASES, weights=[case[0] for case in _CASES])[0]
    return DecisionRow(
        id=new_decision_id(at),
        created_at=at,
        org_id=organization.id,
        principal_kind="api_key",
        principal_id=str(key.id),
        principal_label=key.name,
        environment=key.environment,
        request_id=f"req_demo{chance.getrandbits(40):010x}",
        permission="guard:check",
        resource="guard",
        action=action,
        reason_codes=list(reasons),
        policy_version=SHIPPED_VERSION,
        findings=findings,
        timings={"normalise": 0.1, "detect": round(chance.uniform(0.4, 3), 3)},
        detail={"rules": ["AUTHZ-ROLE-001:owner"], "characters": chance.randint(40, 2400), "demo": True},
    )
