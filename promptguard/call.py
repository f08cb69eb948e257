"""One guard call on its way: who calls, by which rules, and how long each step took."""

import time
from dataclasses import dataclass, field
from uuid import UUID

from audit.ids import new_decision_id
from promptguard.policies import ActivePolicy
from tenants.policy import Allowed
from tenants.principal import Principal


@dataclass(slots=True)
class Call:
    """The facts of one call; `timings` holds milliseconds by step, `stamp` is the tenant's, where it is known."""

    principal: Principal
    allowed: Allowed
    policy: ActivePolicy
    request_id: str
    org_id: UUID
    stamp: int | None = None
    decision_id: str = field(default_factory=new_decision_id)
    timings: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def lap(self, step: str) -> None:
        """Note that `step` ended now."""
        now = time.perf_counter()
        self.timings[step] = round((now - self._since) * 1000, 3)
        self._since = now
