"""Check digits that python-stdnum does not carry. Each takes a number without separators."""

from stdnum import luhn

_NRIC_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
_NRIC_LETTERS = {"S": "JZIHGFEDCBA", "T": "GFEDCBAJZIH", "F": "XWUTRQPNMLK", "G": "RQPNMLKXWUT", "M": "KLJNPQRTUWX"}
_TAIWAN_REGIONS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_MEDICARE_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9)


def singapore_nric(number: str) -> bool:
    """Check a Singapore NRIC or FIN (weights 2 7 6 5 4 3 2, T, G and M series shifted)."""
    shift = {"T": 4, "G": 4, "M": 3}.get(number[0], 0)
    total = shift + sum(weight * int(digit) for weight, digit in zip(_NRIC_WEIGHTS, number[1:8], strict=True))
    letters = _NRIC_LETTERS[number[0]]
    return letters[10 - total % 11 if number[0] == "M" else total % 11] == number[8]


def taiwan_id(number: str) -> bool:
    """Check a Taiwanese national id: the region letter as two digits, then weights 8 to 1, sum divisible by ten."""
    region = _TAIWAN_REGIONS.index(number[0]) + 10
    digits = [region // 10, region % 10 * 9, *(int(digit) for digit in number[1:])]
    weights = (1, 1, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 10 == 0


def hong_kong_id(number: str) -> bool:
    """Check a Hong Kong identity card number (weights 9 to 1 modulo 11; a missing first letter counts 36)."""
    values = [36] * (9 - len(number)) + [int(char, 36) for char in number]
    return sum(weight * value for weight, value in zip(range(9, 0, -1), values, strict=True)) % 11 == 0


def npi(number: str) -> bool:
    """Check a US National Provider Identifier: Luhn over the number with the prefix 80840."""
    return number[0] in "12" and luhn.is_valid("80840" + number)


def australian_medicare(number: str) -> bool:
    """Check an Australian Medicare card number: weights 1 3 7 9 over eight digits, modulo 10, in the ninth."""
    total = sum(weight * int(digit) for weight, digit in zip(_MEDICARE_WEIGHTS, number[:8], strict=True))
    return number[0] in "23456" and total % 10 == int(number[8])


def snils(number: str) -> bool:
    """Check a Russian SNILS: weights 9 to 1, modulo 101, in the last two digits."""
    total = sum(weight * int(digit) for weight, digit in zip(range(9, 0, -1), number[:9], strict=True))
    return total % 101 % 100 == int(number[9:])


def dea(number: str) -> bool:
    """Check a US DEA registration: odd digits plus twice the even ones end in the last digit."""
    digits = [int(digit) for digit in number[2:]]
    return (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]
