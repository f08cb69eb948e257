"""A worker of its own that takes one step of one case, for tests that kill it: organisation, case, moment (ISO)."""

import sys
from datetime import datetime
from uuid import UUID

import django

django.setup()

from billing.recovery.engine import advance  # noqa: E402 (needs the settings)
from tenants.scope import org_scope  # noqa: E402

if __name__ == "__main__":
    with org_scope(UUID(sys.argv[1])):
        advance(UUID(sys.argv[2]), datetime.fromisoformat(sys.argv[3]))
