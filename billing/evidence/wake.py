"""Waking a worker for a pack. The row is the guarantee; the task only makes it soon."""

from collections.abc import Callable
from functools import partial

from django.db import transaction

from billing.evidence.models import EvidencePack

_wakers: list[Callable[[str, str], object]] = []


def wakes(waker: Callable[[str, str], object]) -> Callable[[str, str], object]:
    """Register what to call, with the ids of organisation and pack, after the commit that left work."""
    _wakers.append(waker)
    return waker


def wake(pack: EvidencePack) -> None:
    for waker in _wakers:
        transaction.on_commit(partial(waker, str(pack.org_id), str(pack.id)), robust=True)
