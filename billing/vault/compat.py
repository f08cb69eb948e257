"""What dj-stripe 2.11.0 gets wrong with the pinned API version; each patch has a test that fails when it is mended."""

from typing import Any

import stripe
from django.conf import settings
from djstripe import enums
from djstripe.models import Account, Coupon

STATUSES = {"prevented": "Prevented"}
REASONS = {"noncompliant": "Noncompliant", "check_returned": "Check returned"}


def install() -> None:
    """Apply the patches, and point the SDK's module at the simulated Stripe where there is one."""
    _add(enums.DisputeStatus, STATUSES)
    _add(enums.DisputeReason, REASONS)
    Account.get_or_retrieve_for_api_key = classmethod(_owner_account)
    _find_coupons_where_they_are()
    if settings.STRIPE_SANDBOX_URL:
        point_at(settings.STRIPE_SANDBOX_URL)


def point_at(url: str) -> None:
    """Point all four addresses of the SDK's module at `url`: dj-stripe's setting moves the first one alone."""
    stripe.api_base = stripe.upload_api_base = stripe.connect_api_base = stripe.meter_events_api_base = url


def _add(enum: Any, members: dict[str, str]) -> None:  # noqa: ANN401 (dj-stripe's own kind of enum)
    """Dispute.__str__ looks its status up and fails for one that is missing, and with it each page that lists it."""
    for name, label in members.items():
        enum.__choices__.setdefault(name, label)
        setattr(enum, name, name)
    enum.choices = tuple(sorted((str(name), str(label)) for name, label in enum.__choices__.items()))


def _owner_account(cls: type[Account], api_key: str) -> Account:
    """dj-stripe asks whose key it is, which a restricted key may not, and keeps the key in plain text."""
    account, _ = cls.objects.get_or_create(id=settings.STRIPE_ACCOUNT_ID)
    return account


def _find_coupons_where_they_are() -> None:
    """A discount names its coupon under `source` since 2025-09-30; dj-stripe raises where it finds none at the top."""
    original = Coupon._get_or_create_from_stripe_object.__func__

    def found(cls: type[Coupon], /, data: Any, field_name: str = "id", **known: Any) -> Any:  # noqa: ANN401
        if field_name == "coupon" and not data.get("coupon"):
            data = {"coupon": (data.get("source") or {}).get("coupon")}
            if not data["coupon"]:
                return None, False
        return original(cls, data, field_name, **known)

    Coupon._get_or_create_from_stripe_object = classmethod(found)
