"""Notes and coins: what a drawer is counted by, what people hand over, and what they get back. No I/O."""

from babel.numbers import get_currency_precision, get_currency_symbol
from django.utils.translation import get_language, to_locale

# Face values in minor units, largest first, of what is in daily use.
PIECES = {
    "USD": (100_00, 50_00, 20_00, 10_00, 5_00, 1_00, 25, 10, 5, 1),
    "CAD": (100_00, 50_00, 20_00, 10_00, 5_00, 2_00, 1_00, 25, 10, 5),
    "EUR": (500_00, 200_00, 100_00, 50_00, 20_00, 10_00, 5_00, 2_00, 1_00, 50, 20, 10, 5, 2, 1),
    "GBP": (50_00, 20_00, 10_00, 5_00, 2_00, 1_00, 50, 20, 10, 5, 2, 1),
    "CHF": (200_00, 100_00, 50_00, 20_00, 10_00, 5_00, 2_00, 1_00, 50, 20, 10, 5),
    "AUD": (100_00, 50_00, 20_00, 10_00, 5_00, 2_00, 1_00, 50, 20, 10, 5),
    "JPY": (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1),
}
CENTS = {"USD": "¢", "CAD": "¢", "AUD": "¢", "EUR": "c", "GBP": "p"}


def pieces(currency: str) -> tuple[int, ...]:
    """The notes and coins of a currency as minor units, largest first."""
    if currency in PIECES:
        return PIECES[currency]
    unit = 10 ** get_currency_precision(currency)
    coins = [] if unit == 1 else [unit // 2, unit // 4 if unit == 100 else unit // 5, unit // 10, unit // 20]
    return tuple(unit * face for face in (100, 50, 20, 10, 5, 2, 1)) + tuple(face for face in coins if face)


def most_cash(currency: str) -> int:
    """More than any drawer holds, in minor units: a thousand of the largest note. A barcode in the wrong field is more."""
    return 1000 * pieces(currency)[0]


def piece_label(face: int, currency: str) -> str:
    """What people call a note or coin: $20, 25¢."""
    unit = 10 ** get_currency_precision(currency)
    symbol = get_currency_symbol(currency, locale=to_locale(get_language() or "en-us"))
    if face % unit == 0:
        return f"{symbol}{face // unit:,}"
    return f"{face}{CENTS[currency]}" if currency in CENTS else f"{symbol}{face / unit:.2f}"


def quick_amounts(due: int, currency: str) -> list[int]:
    """Three round amounts above `due` that somebody is likely to hand over."""
    unit = 10 ** get_currency_precision(currency)
    steps = [face for face in pieces(currency)[::-1] if face >= unit] or [unit]
    found = sorted({-(-due // step) * step for step in steps} - {due})
    while len(found) < 3:
        found.append((found[-1] if found else due) + 20 * unit)
    return found[:3]
