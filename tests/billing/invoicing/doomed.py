"""A process that leads a period to Stripe and is killed with the answer to its nth request in its hands.

``python -m tests.billing.invoicing.doomed ORG PERIOD N``
"""

import os
import signal
import sys
import uuid
from typing import Any

import django

django.setup()

import stripe  # noqa: E402
from django.db import transaction  # noqa: E402

from billing.invoicing.models import BilledPeriod  # noqa: E402
from billing.invoicing.placing import place  # noqa: E402
from tenants.scope import org_scope  # noqa: E402


def doom(after: int) -> None:
    """Let this process be killed with SIGKILL when Stripe has answered so many writes."""
    answered = 0
    ask = stripe.RequestsClient.request

    def request(self: stripe.RequestsClient, method: str, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        nonlocal answered
        answer = ask(self, method, *args, **options)
        answered += method == "post"
        if answered == after:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    stripe.RequestsClient.request = request  # type: ignore[method-assign]


if __name__ == "__main__":
    org, period, after = sys.argv[1:]
    doom(int(after))
    with org_scope(uuid.UUID(org)), transaction.atomic():
        place(BilledPeriod.objects.select_for_update().get(id=period))
