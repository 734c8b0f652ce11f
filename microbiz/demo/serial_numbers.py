"""Serial numbers as makers print them, made up: the same on every load."""

from random import Random

# No I and no O, as most makers have it.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789"


def make(pattern: str, random: Random) -> str:
    """A number of the pattern: # is a digit, @ a letter, * either; `IMEI:` and eight digits gives a sound IMEI."""
    if pattern.startswith("IMEI:"):
        body = pattern.removeprefix("IMEI:") + "".join(random.choices(DIGITS, k=6))
        return body + luhn_digit(body)
    choices = {"#": DIGITS, "@": LETTERS, "*": LETTERS + DIGITS}
    return "".join(random.choice(choices[sign]) if sign in choices else sign for sign in pattern)


def luhn_digit(digits: str) -> str:
    """The digit that makes `digits` sound: every second one from the right counts double, digits summed."""
    doubled = (int(digit) * (2 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits)))
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)
