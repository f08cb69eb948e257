"""Promise 7: a page of decisions costs the same however many there are."""

import time
from collections.abc import Callable

from django.db import connections

from audit import decisions
from benchmarks import site
from tenants.scope import org_scope

SIZES = (20_000, 2_000_000)
ROUNDS = 200
FILL = """
INSERT INTO audit_decision SELECT 'dec_' || lpad(n::text, 26, '0'), %s, now() - n * interval '1 second', 'test',
    'req', 'api_key', 'k', 'bench', 'guard:check', 'guard', (ARRAY['allow', 'block'])[1 + n %% 2], 'enforce',
    ARRAY['GRD-OK-001'], 'shipped-1', NULL, '{}', '{}', '{}' FROM generate_series(%s::int, %s::int) AS n
"""


def main() -> None:
    """Print milliseconds of a page of 50 at each size: ours through the ORM, and the bare keyset query."""
    site.migrated()
    organization, _ = site.customer()
    filled = 0
    for size in SIZES:
        with org_scope(organization.id), connections["default"].cursor() as cursor:
            cursor.execute(FILL, [organization.id, filled + 1, size])
        with connections["owner"].cursor() as cursor:
            cursor.execute("ANALYZE audit_decision")
        filled = size
        with org_scope(organization.id):
            page = _milliseconds(lambda: decisions.page(decisions.Filters(permission="guard:check")))
            floor = _milliseconds(_bare)
        ratio = page / floor
        print(f"  {size:>9,} decisions   page {page:7.2f} ms   bare keyset query {floor:7.2f} ms   ratio {ratio:.2f}")


def _bare() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT * FROM audit_decision ORDER BY created_at DESC, id DESC LIMIT 51")
        cursor.fetchall()


def _milliseconds(step: Callable[[], object]) -> float:
    for _ in range(10):
        step()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        step()
        times.append(time.perf_counter() - started)
    return sorted(times)[ROUNDS // 2] * 1000
