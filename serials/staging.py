"""What stands in the pop-up before it is saved: the numbers of one line, a verdict for each, and why Save waits.

Nothing here writes. Staged numbers hold nothing; saving attaches them all, or says why not.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Barcode
from inventory.scans import Scan, barcode_key, read_scan
from serials.errors import InvalidNumber
from serials.models import Serial, SerialEvent, SerialHold, SerializedLine
from serials.numbers import number_key, valid_number
from serials.policy import AT_THE_COUNTER, Need, may_add_new
from serials.verdicts import Comparison, Finding, Verdict, compare, is_of, judge

MOST_SUGGESTIONS = 3
MOST_UNKNOWN_WITH_SUGGESTIONS = 20


@dataclass(frozen=True)
class Row:
    """One code in the pop-up. A settled one is attached by Save; any other keeps Save waiting."""

    number: str
    verdict: Verdict | None = None
    problem: str = ""  # why the code cannot be a serial of this line at all
    is_new: bool = False
    is_taken: bool = False
    near: Sequence[Serial] = field(default_factory=list)
    here: str = ""  # the store of the line
    is_on_sibling: bool = False  # another line of the same document holds it

    @property
    def key(self) -> str:
        return number_key(self.number)

    @property
    def finding(self) -> str:
        return self.verdict.finding.value if self.verdict else "problem"

    @property
    def serial(self) -> Serial | None:
        return self.verdict.serial if self.verdict else None

    @property
    def hold(self) -> SerialHold | None:
        return self.verdict.hold if self.verdict else None

    @property
    def last(self) -> SerialEvent | None:
        return self.verdict.last if self.verdict else None

    @property
    def is_attached(self) -> bool:
        return self.finding == Finding.HERE.value

    @property
    def is_settled(self) -> bool:
        if self.verdict is None:
            return False
        taken = self.is_taken and self.verdict.finding is Finding.HELD
        new = self.is_new and self.verdict.finding is Finding.UNKNOWN
        return self.verdict.is_fine or taken or new

    @property
    def short_reason(self) -> str:
        """Why Save waits for this row, by name."""
        if self.is_on_sibling:
            return _("%(number)s is on another line of this document. Remove it to save.") % {"number": self.number}
        reasons = {
            Finding.ELSEWHERE.value: _("%(number)s is not at %(store)s. Remove it to save."),
            Finding.HELD.value: _("%(number)s is held by another document. Take it over, or remove it to save."),
            Finding.AWAY.value: _("%(number)s is not here. Remove it to save."),
            Finding.OTHER_PRODUCT.value: _("%(number)s belongs to another product. Remove it to save."),
            Finding.UNKNOWN.value: _("%(number)s is unknown. Use Add New, or remove it to save."),
        }
        return reasons.get(self.finding, _("%(number)s cannot be attached. Remove it to save.")) % {
            "number": self.number,
            "store": self.here,
        }


@dataclass
class Staging:
    """The pop-up's form, read: which numbers stand in it and what is to become of them."""

    line: SerializedLine
    numbers: Sequence[str]
    new: Collection[str] = ()
    taking: Collection[str] = ()
    unsettled: Sequence[str] = ()
    quantity: int | None = None

    def __post_init__(self):
        if self.quantity:
            self.line.quantity = self.quantity  # shown and compared as it would be; saved by attach alone

    @cached_property
    def keys(self) -> set[str]:
        return {number_key(number) for number in self.numbers}

    @cached_property
    def new_keys(self) -> set[str]:
        return {number_key(number) for number in self.new} & self.keys

    @cached_property
    def taking_keys(self) -> set[str]:
        return {number_key(number) for number in self.taking} & self.keys

    @property
    def is_open(self) -> bool:
        """Whether units may be put on the line: its document is open, or units of it may still be named afterwards."""
        return self.line.is_open or self.line.is_late

    @property
    def on_line(self) -> int:
        return len(self.keys)

    @cached_property
    def comparison(self) -> Comparison:
        return compare(self.line, self.on_line)

    @property
    def is_short(self) -> bool:
        """Whether what is still to go is asked for, not only possible."""
        return self.line.serial_need is Need.REQUIRED and self.comparison.to_go > 0

    @property
    def is_complete(self) -> bool:
        return self.is_open and self.on_line == self.line.quantity and not self.why_not

    @property
    def saves_itself(self) -> bool:
        """Whether the last missing scan saves: at the counter, where somebody waits."""
        return self.is_complete and self.line.moment in AT_THE_COUNTER

    @property
    def may_add_new(self) -> bool:
        return self.is_open and may_add_new(self.line.moment)

    @property
    def added(self) -> list[str]:
        """The numbers that are not on the line yet."""
        here = {serial.number_key for serial in self.line.serials}
        return [number for number in self.numbers if number_key(number) not in here]

    @property
    def why_no_new(self) -> str:
        """Why Add New is inactive, or nothing."""
        if not self.is_open:
            return self.why_closed
        if not may_add_new(self.line.moment):
            return _("What comes back was sold here before: scan the number on the unit.")
        return ""

    @property
    def why_closed(self) -> str:
        document = self.line.document
        if self.is_open:
            return ""
        return _("%(document)s: %(status)s. Its serial numbers stay as they are.") % {
            "document": str(document)[:1].upper() + str(document)[1:],
            "status": document.get_status_display().lower(),
        }

    @property
    def extra(self) -> int:
        """How many serials stand in the pop-up beyond the units of the line."""
        return max(self.on_line - self.line.quantity, 0)

    @cached_property
    def why_not(self) -> str:
        """Why Save is inactive, with the next step; empty when it is not."""
        if not self.is_open:
            return self.why_closed
        if self.unsettled:
            return self.rows(self.unsettled[:1])[0].short_reason
        if self.extra:
            return ngettext(
                "%(serials)d serial numbers for %(units)d unit: remove one, or make it %(serials)d units.",
                "%(serials)d serial numbers for %(units)d units: remove some, or make it %(serials)d units.",
                self.line.quantity,
            ) % {"serials": self.on_line, "units": self.line.quantity}
        return self._why_no_room()

    def _why_no_room(self) -> str:
        found = self.comparison
        if self.line.is_late or self.line.is_arrival:  # asked when it is saved
            return ""
        extra = len(self.new_keys) - found.room
        if extra <= 0:
            return ""
        return ngettext(
            "%(units)d in stock, %(serials)d serial numbers: receive or adjust %(extra)d more, "
            "or choose from the S/N List.",
            "%(units)d in stock, %(serials)d serial numbers: receive or adjust %(extra)d more, "
            "or choose from the S/N List.",
            extra,
        ) % {"units": found.open_stock, "serials": found.on_record + len(self.new_keys), "extra": extra}

    def without(self, code: str) -> "Staging":
        """The same, after `code` is taken out."""
        gone = number_key(code)

        def keep(numbers: Iterable[str]) -> list[str]:
            return [number for number in numbers if number_key(number) != gone]

        return Staging(
            self.line, keep(self.numbers), keep(self.new), keep(self.taking), keep(self.unsettled), self.quantity
        )

    def including(self, rows: Sequence[Row]) -> "Staging":
        """The same, with these rows in it."""
        fine = [row for row in rows if row.is_settled]
        return Staging(
            self.line,
            [*self.numbers, *(row.number for row in fine)],
            [*self.new, *(row.number for row in fine if row.is_new)],
            [*self.taking, *(row.number for row in fine if row.is_taken)],
            [*self.unsettled, *(row.number for row in rows if not row.is_settled)],
            self.quantity,
        )

    def rows(self, codes: Sequence[str], *, new: bool = False, taking: bool = False) -> list[Row]:
        """A row for each code, in order. With `new`, unknown ones come through Add New; `taking` takes held ones over.

        A fixed number of queries, and one more for each of a few unknown codes.
        """
        scans = [read_scan(code) for code in codes]
        wanted = list(dict.fromkeys(text for scan in scans for text in (scan.text, scan.serial) if text))
        verdicts = dict(zip(wanted, judge(self.line, wanted), strict=True))
        barcodes = self._products_of(scans, verdicts)
        unknown = sum(verdicts[scan.text].finding is Finding.UNKNOWN for scan in scans if scan.text)
        return [
            self._row(
                scan,
                verdicts,
                barcodes,
                new=new,
                taking=taking,
                suggest=unknown <= MOST_UNKNOWN_WITH_SUGGESTIONS,
            )
            for scan in scans
        ]

    def _products_of(self, scans, verdicts) -> dict[str, Barcode]:
        """The products whose barcodes these scans are or carry, asked for once."""
        keys = set()
        for scan in scans:
            if scan.text and verdicts[scan.text].finding is Finding.UNKNOWN:
                keys |= {barcode_key(scan.text), *scan.gtins}
        return {code.key: code for code in Barcode.objects.filter(key__in=keys).select_related("product")}

    def _row(self, scan: Scan, verdicts, barcodes, *, new, taking, suggest) -> Row:
        if not scan.text:
            return Row("", problem=scan.problem or _("The scanner sent an empty code. Scan it again."))
        verdict = verdicts[scan.text]
        if verdict.finding is Finding.UNKNOWN:
            owner = next((barcodes[gtin].product for gtin in scan.gtins if gtin in barcodes), None)
            if scan.serial and owner is not None and owner != self.line.product:
                return Row(scan.serial, problem=_("This code is of a unit of %(product)s.") % {"product": owner.name})
            if scan.serial:
                verdict = verdicts[scan.serial]
            elif scan.problem:
                return Row(scan.text, problem=scan.problem)
            elif owner is not None or barcode_key(scan.text) in barcodes:
                owner = owner or barcodes[barcode_key(scan.text)].product
                text = _("This is the barcode of %(product)s, not a serial number. Scan the number on the unit.")
                return Row(scan.text, problem=text % {"product": owner.name})
        try:
            number = valid_number(verdict.number)
        except InvalidNumber as reason:
            return Row(verdict.number, problem=str(reason))
        key = number_key(number)
        is_new = verdict.finding is Finding.UNKNOWN and (new or key in self.new_keys or self._takes_unknown)
        near = []
        if verdict.finding is Finding.UNKNOWN and not is_new and suggest:
            near = list(
                self.line.attachable()
                .filter(pk__in=Serial.objects.near(self.line.product, number).values("pk"))
                .select_related("store")[:MOST_SUGGESTIONS]
            )
        sibling = verdict.hold is not None and is_of(verdict.hold, self.line.document)
        is_taken = verdict.finding is Finding.HELD and not sibling and (taking or key in self.taking_keys)
        return Row(
            number,
            verdict,
            is_new=is_new,
            is_taken=is_taken,
            near=near,
            here=self.line.store.name,
            is_on_sibling=sibling,
        )

    @property
    def _takes_unknown(self) -> bool:
        """Where units are new to us by nature, an unknown number is what one expects."""
        return self.line.is_arrival
