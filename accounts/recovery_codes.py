"""Recovery codes that are kept as hashes and shown in one answer only (ADR 15).

allauth keeps a seed from which the codes can be read again. Its flows, forms and pages know a set of codes by the class
`RecoveryCodes` alone, so `take_over` puts this one in its place and all else of allauth stays. A set is empty at first;
its codes are made by the request that shows them, so that no two requests have to hand them over.

A stored code is ``seal(HMAC-SHA-256(salt, "<user id>:<code>"))``: sealed, so that a dump gives nothing to search in and
`manage.py reseal` can renew the key, which a keyed hash alone could not.
"""

import hmac
import re
import secrets
import uuid
from datetime import timedelta
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import auth, flows
from django.db import transaction
from django.utils import timezone

from accounts.adapters import FACTORS
from accounts.models import User
from tenants.encryption import seal, unseal

DIGITS = 20
"""66 bits each: beyond guessing even for who has salt and hash. Digits, since a phone's sign-in page offers those."""
SHOW_WITHIN = timedelta(minutes=10)
"""How long after it was asked for a set is made and shown; later it has to be asked for again, with a factor."""
Kept = dict[str, Any]
"""What is stored of a set: ``{"salt": hex, "hashes": [sealed, …]}``, or nothing before it was shown."""
_Former = auth.RecoveryCodes


class RecoveryCodes:
    """One person's set, with the methods that allauth calls."""

    def __init__(self, instance: Authenticator) -> None:
        self.instance = instance
        self._made: list[str] = []

    @classmethod
    def activate(cls, user: User) -> "RecoveryCodes":
        """Return the person's set; a new one has no codes until it is shown."""
        kind = Authenticator.Type.RECOVERY_CODES
        instance, _ = Authenticator.objects.get_or_create(user=user, type=kind, defaults={"data": {}})
        return cls(instance)

    @property
    def left(self) -> int:
        """How many codes have not been used."""
        return len(self.instance.data.get("hashes", []))

    @property
    def total(self) -> int:
        return int(app_settings.RECOVERY_CODE_COUNT)

    @property
    def did_view(self) -> bool:
        """Tell whether the codes cannot be shown any more. Two that ask at once wait for each other."""
        return not self._lock() or self.left_unmade_too_long or "hashes" in self.instance.data

    @property
    def left_unmade_too_long(self) -> bool:
        return bool(self.instance.created_at < timezone.now() - SHOW_WITHIN)

    def mark_as_viewed(self) -> None:
        """Make the codes, which only this object can tell, and keep their hashes."""
        self._made = [_new_code() for _ in range(self.total)]
        self.instance.data = kept(self.instance.user_id, self._made)
        self.instance.save(update_fields=["data"])

    def get_unused_codes(self) -> list[str]:
        """Return the codes if this object made them, else as many empty texts as are left."""
        return self._made or [""] * self.left

    @transaction.atomic
    def validate_code(self, code: str) -> bool:
        """Tell whether `code` is an unused one of the set, and use it up; of two requests at once one is told so."""
        if not self._lock() or not self.left:
            return False
        data: Kept = self.instance.data
        said = _hash(bytes.fromhex(data["salt"]), self.instance.user_id, code)
        others = [one for one in data["hashes"] if not hmac.compare_digest(unseal(one, FACTORS), said)]
        if len(others) == len(data["hashes"]):
            return False
        self.instance.data = {**data, "hashes": others}
        self.instance.save(update_fields=["data"])
        return True

    def _lock(self) -> bool:
        """Read the set anew and hold it until the transaction ends; tells whether it is still there."""
        locked = Authenticator.objects.select_for_update().filter(pk=self.instance.pk).first()
        self.instance = locked or self.instance
        return locked is not None


def take_over() -> None:
    """Put the class in the two places where allauth looks for its own: `Authenticator.wrap` and its flows."""
    auth.RecoveryCodes = flows.RecoveryCodes = RecoveryCodes


def kept(user_id: uuid.UUID, codes: list[str]) -> Kept:
    """Return what is stored of codes."""
    salt = secrets.token_bytes(16)
    return {"salt": salt.hex(), "hashes": [seal(_hash(salt, user_id, code), FACTORS) for code in codes]}


def kept_of_seed(instance: Authenticator) -> Kept:
    """Return what is stored from now on of a set of allauth's, whose unused codes stay good; raises `SealBroken`."""
    return kept(instance.user_id, _Former(instance).get_unused_codes())


def _new_code() -> str:
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    return "-".join(re.findall(".{5}", digits))


def _hash(salt: bytes, user_id: uuid.UUID, code: str) -> bytes:
    """Return the hash of a code however it is grouped, bound to the person: a row moved to another opens nothing."""
    digits = re.sub(r"[\s-]", "", code)
    return hmac.digest(salt, f"{user_id}:{digits}".encode(), "sha256")
