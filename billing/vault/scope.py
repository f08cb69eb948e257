"""The scope of the payment processor: rows of the mirror and of the inbox, which belong to no tenant when they come.

It is signed as a tenant's is (`tenants.postgresql`), under an id that no organisation has: an SQL injection in a
tenant's request meets none of these rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from tenants.scope import Scope, open_scope

PROCESSOR = UUID("00000000-0000-4000-8000-70726f636573")
OF_PROCESSOR = f"'{PROCESSOR}'::uuid = (SELECT tidegate_org())"
"""The SQL condition under which such rows are there."""


@contextmanager
def processor_scope() -> Iterator[None]:
    """Open the processor's rows and close every tenant's, until the block ends."""
    with open_scope(Scope(org_id=PROCESSOR)):
        yield
