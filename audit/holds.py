"""Legal holds: while one lasts, the organisation's rows of its time are neither deleted nor changed."""

from datetime import datetime, timedelta

from django.utils import timezone

from audit.models import LegalHold

HELD_AFTER = timedelta(days=120)
"""How long a hold outlasts its case: the time in which card networks let a cardholder dispute a payment (anew)."""


def hold(case: str, since: datetime) -> LegalHold:
    """Hold the open organisation's rows from `since` on for `case`; what is held already is held on, without an end."""
    made: LegalHold
    made, new = LegalHold.objects.get_or_create(case=case, defaults={"since": since})
    if not new and made.ends_at is not None:
        made.ends_at = None
        made.save(update_fields=["ends_at"])
    return made


def release(case: str) -> datetime | None:
    """Let the hold for `case` end `HELD_AFTER` from now; returns when it does, `None` if there is none."""
    made = of(case)
    if made is None:
        return None
    if made.ends_at is None:
        made.ends_at = timezone.now() + HELD_AFTER
        made.save(update_fields=["ends_at"])
    return made.ends_at


def of(case: str) -> LegalHold | None:
    """Return the hold for `case`, also one that has ended."""
    return LegalHold.objects.filter(case=case).first()
