"""A guard call's own way through the ledger: held before detection, charged when its decision is on disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from billing.ledger.reservations import Admitted, Hold, release_all
from billing.ledger.settler import left_to_the_sweep, settle_soon


@dataclass(slots=True)
class Charge:
    """What was held for one guard call. `stopped`: its text goes to no model, so nothing stays held for one."""

    admitted: Admitted
    stopped: bool = False

    @property
    def for_model(self) -> Hold | None:
        """Return what stays held for the model, until the caller settles it."""
        return next((hold for hold in self.admitted.holds if not hold.own and not self.stopped), None)

    @property
    def own_nanos(self) -> int:
        """Return what the guard call itself costs."""
        return sum(hold.nanos for hold in self.admitted.holds if hold.own)


@contextmanager
def released_on_failure(charge: Charge | None) -> Iterator[None]:
    """Give everything back if the block fails: nobody will be answered."""
    try:
        yield
    except BaseException:
        if charge is not None:
            with left_to_the_sweep():
                release_all(charge.admitted.holds)
        raise


def conclude(charge: Charge) -> None:
    """Charge the guard itself, and release what was for a model if the text goes to none."""
    settle_soon([hold.id for hold in charge.admitted.holds if hold.own])
    if charge.stopped:
        with left_to_the_sweep():
            release_all([hold for hold in charge.admitted.holds if not hold.own])
