"""What must hold of the processor's settings before the product starts (docs/deployment.md explains the ids)."""

from collections.abc import Sequence
from typing import Any

import stripe
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from stripe._api_version import _ApiVersion

TRUE_ADDRESSES = {
    "api_base": "https://api.stripe.com",
    "upload_api_base": "https://files.stripe.com",
    "connect_api_base": "https://connect.stripe.com",
    "meter_events_api_base": "https://meter-events.stripe.com",
}


@register(Tags.security)
def money_goes_to_the_processor(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """tidegate.E010: no simulated Stripe where money is at stake. tidegate.E011: all its addresses are one's."""
    found: list[CheckMessage] = []
    at_stake = settings.STRIPE_LIVE_MODE or settings.TIDEGATE_ENVIRONMENT == "production"
    if settings.STRIPE_SANDBOX_URL and at_stake:
        found.append(Error("STRIPE_API_HOST is set where money is at stake.", id="tidegate.E010"))
    for name, true in TRUE_ADDRESSES.items():
        if getattr(stripe, name) != (settings.STRIPE_SANDBOX_URL or true):
            found.append(Error(f"The SDK's {name} is {getattr(stripe, name)}.", id="tidegate.E011"))
    return found


@register(Tags.compatibility)
def version_is_the_sdks(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """tidegate.E012: the SDK's types are those of the version that we pin; another one changes shapes in silence."""
    if settings.STRIPE_API_VERSION == _ApiVersion.CURRENT:
        return []
    return [Error(f"The SDK speaks {_ApiVersion.CURRENT}, not {settings.STRIPE_API_VERSION}.", id="tidegate.E012")]
