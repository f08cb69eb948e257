"""An estate's customer at the processor, and a request made for it; nothing is sent."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import models

from billing.processor.models import BillingAccount, PaymentOperation
from billing.processor.operations import perform

if TYPE_CHECKING:
    from tests.isolation.estate import Estate


def account(estate: "Estate") -> BillingAccount:
    return BillingAccount.objects.create(customer=f"cus_{estate.canary}")  # type: ignore[no-any-return]  # no row type


def operation(estate: "Estate") -> PaymentOperation:
    perform("test", estate.canary, {"name": estate.canary}, lambda params, key: {"id": f"cus_{key[-8:]}"})
    return PaymentOperation.objects.get()  # type: ignore[no-any-return]  # the manager of tenant models has no row type


ROWS: dict[type[models.Model], Callable[["Estate"], models.Model]] = {
    BillingAccount: account,
    PaymentOperation: operation,
}
