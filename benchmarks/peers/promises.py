"""Lines that say whether a promised ratio was met."""


def at_least(what: str, ratio: float, promised: float) -> None:
    """Print how many times better ours is, and whether that is as many times as promised."""
    _line(what, ratio, f"at least {promised:g}", met=ratio >= promised)


def at_most(what: str, ratio: float, promised: float, said: str = "") -> None:
    """Print what part of the peer's ours is, and whether that is no more than promised."""
    _line(what, ratio, f"at most {said or f'{promised:g}'}", met=ratio <= promised)


def _line(what: str, ratio: float, promised: str, *, met: bool) -> None:
    print(f"  {what:70s}{ratio:8.2f}   promised {promised:12s} {'met' if met else 'missed'}")
