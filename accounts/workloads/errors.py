"""How a service is told no."""

from audit.reasons import Reason


class Rejected(Exception):
    """What was presented does not make its bearer the service; `reason` is for the record of the service's tenant."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason
