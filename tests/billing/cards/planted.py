"""Card numbers as people and programs write them, and numbers that are none."""

import random
import string
import uuid
from collections.abc import Callable

VISA = "4242424242424242"
PLANTED: dict[str, tuple[str, str]] = {
    "plain": (f"my card {VISA} please", "4242"),
    "the whole text": (VISA, "4242"),
    "spaces": ("4111 1111 1111 1111", "1111"),
    "hyphens": ("5555-5555-5555-4444", "4444"),
    "dots": ("4111.1111.1111.1111", "1111"),
    "no-break spaces": ("4111\u00a01111\u00a01111\u00a01111", "1111"),
    "full-width digits": ("４２４２４２４２４２４２４２４２", "4242"),
    "full-width, spaced": ("４１１１　１１１１　１１１１　１１１１", "1111"),
    "after a colon": (f"card:{VISA}", "4242"),
    "after letters": (f"PAN{VISA}end", "4242"),
    "in JSON": ('{"note": "378282246310005"}', "0005"),
    "American Express, grouped": ("3782 822463 10005", "0005"),
    "an expiry and a code behind it": (f"{VISA} 12/29 123", "4242"),
    "digits before it": ("order 17 4242 4242 4242 4242", "4242"),
    "thin spaces": ("4111\u20091111\u20091111\u20091111", "1111"),
    "dashes of print": ("4111–1111–1111–1111", "1111"),
    "zero-width spaces": ("4111\u200b1111\u200b1111\u200b1111", "1111"),
    "each digit apart": (" ".join(VISA), "4242"),
    "Arabic-Indic digits": ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "4242"),
    "mathematical digits": ("𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐", "4242"),
    "thirteen digits": ("4222222222222", "2222"),
    "nineteen digits": ("4000000000000000006", "0006"),
    "in an address": (f"https://x.example/?q={VISA}&y=1", "4242"),
    "a Mastercard of 2017": ("2223003122003222", "3222"),
    "JCB": ("3566002020360505", "0505"),
    "Diners Club": ("30569309025904", "5904"),
    "Discover": ("6011111111111117", "1117"),
    "UnionPay": ("6200000000000005", "0005"),
}
"""A text by how it is written, with the last four digits of the number in it."""
NONE = (
    "",
    "4242424242424243",  # Luhn says no
    "424242424242",  # too short
    "42424242424242424242",  # too long
    "1234567812345670",  # Luhn, but nobody's range
    "0.4242424242424242",
    "2026-11-29 20:16:06.123456",
    "+49 30 901820 4711",
    "192.168.100.200 10.0.0.1",
    "dec_01M84K73D2F3Q2BWJWAKYXYT7J",
    "pi_3MtwBwLkdIwHu7ix28a3tqPa",
    "4.000.000 5.000.000 6.000.000 7.000.000",
    "١٢٣",
)


def _digits(count: int) -> Callable[[random.Random], str]:
    return lambda seed: "".join(seed.choices(string.digits, k=count))


def _stripe(seed: random.Random) -> str:
    prefix = seed.choice(["ch", "pi", "cus", "in", "dp", "evt", "sub"])
    return f"{prefix}_{''.join(seed.choices(string.ascii_letters + string.digits, k=24))}"


NUMBERS: dict[str, tuple[Callable[[random.Random], str], float]] = {
    "random 16 digits": (_digits(16), 0.035),
    "snowflake": (lambda seed: str((seed.randrange(10**10, 5 * 10**11) << 22) | seed.randrange(2**22)), 0.002),
    "uuid4": (lambda seed: str(uuid.UUID(int=seed.getrandbits(128), version=4)), 0.001),
    "epoch in ms": (lambda seed: str(seed.randrange(1_600_000_000_000, 1_900_000_000_000)), 0.0),
    "epoch in us": (lambda seed: str(seed.randrange(1_600_000_000_000_000, 1_900_000_000_000_000)), 0.0),
    "epoch in ns": (lambda seed: str(seed.randrange(16 * 10**17, 19 * 10**17)), 0.0),
    "phone": (lambda seed: f"+{seed.randrange(1, 99)} {seed.randrange(10**9, 10**10)}", 0.0),
    "Stripe id": (_stripe, 0.0),
}
"""Numbers that are no cards, and the share of them that may be taken for one: chance meets Luhn's digit too."""
