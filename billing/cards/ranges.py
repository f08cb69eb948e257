"""What a card number is: Luhn's digit, and the ranges and lengths that the brands publish (ISO/IEC 7812)."""

from typing import Final

SHORTEST, LONGEST = 13, 19
Ranges = tuple[tuple[str, int, int, tuple[int, ...]], ...]
"""(brand, first and last of the leading six digits, the lengths issued there)."""

BRANDS: Final[Ranges] = (
    ("Visa", 400000, 499999, (13, 16, 19)),
    ("Mastercard", 510000, 559999, (16,)),
    ("Mastercard", 222100, 272099, (16,)),  # the series of 2017
    ("American Express", 340000, 349999, (15,)),
    ("American Express", 370000, 379999, (15,)),
    ("Discover", 601100, 601199, (16, 19)),
    ("Discover", 622126, 622925, (16, 19)),  # with UnionPay
    ("Discover", 644000, 659999, (16, 19)),
    ("Diners Club", 300000, 305999, (14, 16)),
    ("Diners Club", 309500, 309599, (14, 16)),
    ("Diners Club", 360000, 369999, (14,)),
    ("Diners Club", 380000, 399999, (14, 16)),
    ("JCB", 352800, 358999, (16, 19)),
    ("JCB", 213100, 213199, (15,)),
    ("JCB", 180000, 180099, (15,)),
    ("UnionPay", 620000, 629999, (16, 17, 18, 19)),
    ("Mir", 220000, 220499, (16,)),
)
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")  # twice a digit, its digits added


def passes_luhn(digits: str) -> bool:
    """Check Luhn's digit (ISO/IEC 7812), without a loop over the digits."""
    doubled = digits[-2::-2].translate(_DOUBLED)
    return (sum(map(int, digits[-1::-2])) + sum(map(int, doubled))) % 10 == 0


def issuer(digits: str, ranges: Ranges = BRANDS) -> str:
    """Return the brand in whose range a number of this length lies, or ""."""
    lead, length = int(digits[:6]), len(digits)
    return next((brand for brand, first, last, lengths in ranges if first <= lead <= last and length in lengths), "")
