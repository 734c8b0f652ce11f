"""What goods cost us: freight shared among lines, last cost and the weighted average. No I/O; minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from microbiz.money import apportion, half_up

_PLACES = Decimal("0.0001")  # of a minor unit: what an average keeps so that it does not drift by rounding


def share_freight(freight: int, goods: Sequence[tuple[int, int | None]]) -> list[int]:
    """Freight for each (units, unit cost), to the last minor unit: by value, or by units where nothing has a value."""
    by_value = [units * (cost or 0) for units, cost in goods]
    return apportion(freight, by_value if any(by_value) else [units for units, _cost in goods])


@dataclass(frozen=True)
class Lot:
    """So many units that cost so much together, freight included."""

    units: int
    value: int

    @property
    def unit_cost(self) -> int:
        return half_up(Decimal(self.value) / self.units)


def average_after(on_hand: int, average: Decimal | None, lot: Lot) -> Decimal:
    """The average cost of a unit once `lot` has joined `on_hand` units of the cost `average`."""
    if average is None or on_hand <= 0:
        return _rounded(Decimal(lot.value) / lot.units)
    return _rounded((on_hand * average + lot.value) / (on_hand + lot.units))


def average_without(on_hand: int, average: Decimal | None, lot: Lot) -> Decimal | None:
    """The average once `lot` has left `on_hand` units again; unchanged where nothing, or less than nothing, would be left."""
    left = on_hand - lot.units
    if average is None or left <= 0:
        return average
    value = on_hand * average - lot.value
    return _rounded(value / left) if value >= 0 else average


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_PLACES, rounding=ROUND_HALF_UP)
