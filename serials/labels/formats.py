"""The papers that labels are printed on. All sizes in millimetres."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MM_PER_INCH = 25.4
A4, LETTER = (210.0, 297.0), (215.9, 279.4)


@dataclass(frozen=True)
class Format:
    """One kind of label paper: a sheet of `columns` by `rows` labels, or a roll of single ones.

    `left` and `top` are where the first label of a sheet begins, `across` and `down` the way to the next one. `dot` is
    the dot of the printer that such paper is made for: bars are whole dots of it.
    """

    name: str | Promise
    width: float
    height: float
    dot: float
    page: tuple[float, float]
    columns: int = 1
    rows: int = 1
    left: float = 0.0
    top: float = 0.0
    across: float = 0.0
    down: float = 0.0

    @property
    def a_page(self) -> int:
        """How many labels a page holds."""
        return self.columns * self.rows

    @property
    def is_sheet(self) -> bool:
        return self.a_page > 1

    def place(self, position: int) -> tuple[float, float]:
        """Where a label of a page begins, its left and its upper edge; the first is 0."""
        row, column = divmod(position, self.columns)
        return self.left + column * self.across, self.top + row * self.down


def _roll(name: str | Promise, width: float, height: float, dots_per_inch: float) -> Format:
    return Format(name, width, height, MM_PER_INCH / dots_per_inch, page=(width, height))


def _sheet(
    name: str | Promise,
    page: tuple[float, float],
    *,
    label: tuple[float, float],
    count: tuple[int, int],
    first: tuple[float, float],
    step: tuple[float, float],
) -> Format:
    """A sheet of `count` labels across and down; `first` is the corner of the first, `step` the way to the next."""
    return Format(name, *label, MM_PER_INCH / LASER, page, count[0], count[1], *first, *step)


LASER, THERMAL, FINE_THERMAL = 600, 203.2, 300  # dots per inch

FORMATS: dict[str, Format] = {
    "a4-3x7": _sheet(
        _("A4, 3 × 7 of 63.5 × 38.1 mm (L7160)"),
        A4,
        label=(63.5, 38.1),
        count=(3, 7),
        first=(7.25, 15.15),
        step=(66.0, 38.1),
    ),
    "a4-2x7": _sheet(
        _("A4, 2 × 7 of 99.1 × 38.1 mm (L7163)"),
        A4,
        label=(99.1, 38.1),
        count=(2, 7),
        first=(4.65, 15.15),
        step=(101.6, 38.1),
    ),
    "letter-3x10": _sheet(
        _("Letter, 3 × 10 of 2⅝ × 1 in (5160)"),
        LETTER,
        label=(66.675, 25.4),
        count=(3, 10),
        first=(4.7625, 12.7),
        step=(69.85, 25.4),
    ),
    "letter-2x5": _sheet(
        _("Letter, 2 × 5 of 4 × 2 in (5163)"),
        LETTER,
        label=(101.6, 50.8),
        count=(2, 5),
        first=(3.96875, 12.7),
        step=(106.3625, 50.8),
    ),
    "roll-57x32": _roll(_("Roll, 57 × 32 mm"), 57.0, 32.0, THERMAL),
    "roll-62x29": _roll(_("Roll, 62 × 29 mm"), 62.0, 29.0, FINE_THERMAL),
    "roll-152x102": _roll(_("Roll, 152 × 102 mm (6 × 4 in)"), 152.0, 102.0, THERMAL),
}
DEFAULT = "a4-3x7"
