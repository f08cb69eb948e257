"""Promise 9: a pack of evidence over 100,000 decisions in less than 10 seconds, and what checking it takes.

`DECISIONS` changes the number. The rows lie in the three months before the dispute.
"""

import os
import resource
import time
from datetime import datetime, timedelta

from django.db import connections
from django.utils import timezone

from benchmarks import site
from benchmarks.decisions import FILL
from billing.disputes.models import DisputeCase
from billing.evidence import building, store, verify_pack
from billing.evidence.models import EvidencePack
from billing.evidence.screening import screen
from billing.evidence.signing import signing_key
from billing.payments.models import ChargeState, InvoiceState
from tenants.scope import org_scope


def main() -> None:
    """Print seconds and size of a pack, of its verification, and the most memory of the process."""
    site.migrated()
    organization, _ = site.customer()
    count = int(os.environ.get("DECISIONS", "100000"))
    with org_scope(organization.id):
        with connections["default"].cursor() as cursor:
            cursor.execute(FILL, [organization.id, 1, count])
        pack = _disputed(timezone.now(), timedelta(seconds=count))
        screen()  # a worker has the detectors in memory
        since = time.perf_counter()
        building.build(pack)
        built = time.perf_counter() - since
        pack = EvidencePack.objects.get(id=pack.id)
        path = store.archive(pack)
        since = time.perf_counter()
        wrong = verify_pack.problems(path, signing_key(pack.kid).public_key(), {})
        checked = time.perf_counter() - since
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    size = path.stat().st_size
    print(f"  {count:>9,} decisions   built {built:6.2f} s   {size / 2**20:7.1f} MiB   checked {checked:6.2f} s")
    print(f"  state {pack.state}, problems {len(wrong)}, the process had at most {memory} MiB")


def _disputed(now: datetime, span: timedelta) -> EvidencePack:
    start = now - span
    times = {"created_at": start, "currency": "usd"}
    InvoiceState.objects.create(
        stripe_id="in_1",
        status="paid",
        total_cents=4900,
        paid_cents=4900,
        due_cents=4900,
        charge_id="ch_1",
        period_start=start,
        period_end=now,
        attempt_count=1,
        auto_advance=True,
        **times,
    )
    ChargeState.objects.create(
        stripe_id="ch_1", amount_cents=4900, refunded_cents=0, status="succeeded", disputed=True, **times
    )
    case = DisputeCase.objects.create(
        stripe_id="dp_1",
        charge_id="ch_1",
        case_type="chargeback",
        reason="fraudulent",
        status="needs_response",
        amount_cents=4900,
        currency="usd",
        state="drafting",
        opened_at=now,
        heard_at=now,
    )
    made: EvidencePack = EvidencePack.objects.create(case=case, as_of=now, preparer_id="1", preparer="Bench")
    return EvidencePack.objects.select_related("case").get(id=made.id)  # type: ignore[no-any-return]  # as elsewhere
