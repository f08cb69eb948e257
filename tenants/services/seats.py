"""How many people an organisation may have: its plan says so in `Organization.seats`, and who is there stays."""

from tenants.models import Membership, Organization


class NoSeat(Exception):
    """Every seat of the plan is taken; says so in words that anybody there may read."""

    def __init__(self, seats: int) -> None:
        super().__init__(
            f"All {seats} seats of the plan are taken. Somebody who looks after billing can choose a larger one."
        )


def take(invitations: int = 0) -> None:
    """Make sure that one more fits beside the members and so many open invitations; raises `NoSeat`.

    Whoever takes a seat holds the organisation's row until they have committed, so that the last one is given once.
    """
    seats = Organization.objects.select_for_update(no_key=True).get().seats
    if seats is not None and Membership.objects.count() + invitations >= seats:
        raise NoSeat(seats)


def is_full() -> bool:
    """Tell whether nobody can join now."""
    seats = Organization.objects.get().seats
    return seats is not None and Membership.objects.count() >= seats
