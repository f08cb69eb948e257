"""Second factors' secrets are sealed anew while the secret key is replaced."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.adapters import FACTORS
from tenants.encryption import Resealed, reseal, reseal_row

SEALED = {"secret", "hashes"}
"""What is sealed of a factor's data: an authenticator's secret, the hashes of recovery codes."""


def reseal_factors() -> list[Resealed]:
    """Seal anew the secrets of authenticators and recovery codes, where a former key sealed them."""
    with transaction.atomic():
        rows = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).select_for_update()
        return [reseal_row(row, "data", _anew) for row in rows.iterator()]


def _anew(data: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of a factor with its seals renewed."""
    return {name: _renewed(value) if name in SEALED else value for name, value in data.items()}


def _renewed(sealed: str | list[str]) -> str | list[str]:
    return reseal(sealed, FACTORS) if isinstance(sealed, str) else [reseal(one, FACTORS) for one in sealed]
