"""Money as whole minor units (cents), computed in Decimal and rounded once."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import NumberFormatError, format_currency, format_decimal, get_currency_precision, parse_decimal
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from microbiz.errors import DomainError

LARGEST = 10**13  # minor units; far above any till, far below what a 64-bit column holds


class NotAnAmount(DomainError):
    """The text cannot be read as an amount of money."""


def half_up(amount: Decimal) -> int:
    """Round to a whole number of minor units, halves away from zero.

    The rule of commercial rounding (DIN 1333); the only rounding of money in the project.
    """
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def apportion(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to `weights`, in minor units that sum to it exactly: largest remainder first."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % whole), at))
    for at in by_remainder[: amount - sum(shares)]:
        shares[at] += 1
    return shares


def scaled(amount: int, part: int, whole: int) -> int:
    """`part` of `whole` of an amount, half up."""
    return half_up(Decimal(amount) * part / whole) if whole else 0


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as an amount in the currency itself: 1250, USD becomes 12.50."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))


def from_decimal(amount: Decimal, currency: str) -> int:
    """An amount in the currency as minor units, rounded half up."""
    return half_up(amount.scaleb(get_currency_precision(currency)))


def parse_money(text: str, currency: str) -> int:
    """Read what a person typed, in the language in use, as minor units.

    Raises NotAnAmount when it is no number, has more decimals than the currency, or is absurdly large.
    """
    cleaned = text.strip()
    try:
        amount = parse_decimal(cleaned, locale=_locale(), strict=True)
    except (NumberFormatError, InvalidOperation):
        try:
            amount = Decimal(cleaned)
        except InvalidOperation:
            raise NotAnAmount(_("“%(text)s” is not an amount. Type it like 12.50.") % {"text": text}) from None
    if not amount.is_finite():
        raise NotAnAmount(_("“%(text)s” is not an amount. Type it like 12.50.") % {"text": text})
    if amount.adjusted() > 20:  # what is beyond any exponent cannot even be scaled
        raise NotAnAmount(_("“%(text)s” is too large.") % {"text": text})
    scaled = amount.scaleb(get_currency_precision(currency))
    if scaled != scaled.to_integral_value():
        raise NotAnAmount(
            _("“%(text)s” has more decimals than %(currency)s has.") % {"text": text, "currency": currency}
        )
    if abs(scaled) >= LARGEST:
        raise NotAnAmount(_("“%(text)s” is too large.") % {"text": text})
    return int(scaled)


def format_money(minor: int, currency: str, *, symbol: bool = False) -> str:
    """Minor units as text in the language in use, with a true minus sign: −1,250.00 or $1,250.00."""
    amount = to_decimal(minor, currency)
    if symbol:
        text = format_currency(amount, currency, locale=_locale())
    else:
        places = get_currency_precision(currency)
        pattern = "#,##0" + ("." + "0" * places if places else "")
        text = format_decimal(amount, format=pattern, locale=_locale())
    return text.replace("-", "−")


def _locale() -> str:
    return to_locale(get_language() or "en-us")
