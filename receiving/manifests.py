"""The vendor's list of serial numbers against what was scanned. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from receiving.models import ExpectedSerial, ShipmentLine
from serials.models import Serial


@dataclass(frozen=True)
class Check:
    """How far one line's list has arrived. Nothing is said of lines without a list."""

    expected: int
    arrived: int
    missing: Sequence[ExpectedSerial]
    unexpected: Sequence[Serial]

    @property
    def is_complete(self) -> bool:
        return not self.missing and not self.unexpected


def check_list(line: ShipmentLine) -> Check | None:
    """Compare a line with the list that the vendor sent for it; None where there is none. Two queries."""
    listed = list(line.expected_serials.all())
    if not listed:
        return None
    units = Serial.objects.filter(pk__in=line.serial_links.values("serial")).order_by("pk")
    scanned = {unit.number_key: unit for unit in units}
    keys = {one.number_key for one in listed}
    missing = [one for one in listed if one.number_key not in scanned]
    unexpected = [unit for key, unit in scanned.items() if key not in keys]
    return Check(len(listed), len(listed) - len(missing), missing, unexpected)
