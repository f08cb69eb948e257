"""Settings that would send money, or evidence, to the wrong place do not start."""

import os
import subprocess
import sys

import pytest
import stripe as sdk
from pytest_django import Settings

from billing.processor.checks import money_goes_to_the_processor, version_is_the_sdks


def ids(settings: Settings) -> set[str]:
    return {str(found.id) for found in money_goes_to_the_processor(None)}


def test_the_tests_own_settings_pass(settings: Settings) -> None:
    assert ids(settings) == set()
    assert version_is_the_sdks(None) == []


@pytest.mark.parametrize(("name", "value"), [("STRIPE_LIVE_MODE", True), ("TIDEGATE_ENVIRONMENT", "production")])
def test_a_simulated_stripe_is_refused_where_money_is_at_stake(settings: Settings, name: str, value: object) -> None:
    setattr(settings, name, value)
    assert ids(settings) == {"tidegate.E010"}


@pytest.mark.parametrize("name", ["api_base", "upload_api_base", "connect_api_base", "meter_events_api_base"])
def test_each_of_the_sdks_addresses_is_looked_at(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sdk, name, "https://api.stripe.example")
    assert ids(settings) == {"tidegate.E011"}


def test_another_version_than_the_sdks_is_refused(settings: Settings) -> None:
    settings.STRIPE_API_VERSION = "2026-05-27.dahlia"
    assert [found.id for found in version_is_the_sdks(None)] == ["tidegate.E012"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STRIPE_SECRET_KEY", "pk_test_" + "T" * 32),
        ("STRIPE_SECRET_KEY", "sk_live_" + "T" * 32),
        ("STRIPE_LIVE_MODE", "true"),
        ("STRIPE_WEBHOOK_SECRETS", "secret"),
        ("STRIPE_WEBHOOK_SECRETS", "whsec_a,whsec_b,whsec_c"),
        ("STRIPE_ACCOUNT_ID", "nobody"),
    ],
)
def test_settings_fail_loudly(variable: str, value: str) -> None:
    environment = os.environ | {variable: value}
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "ImproperlyConfigured: STRIPE_" in done.stderr
