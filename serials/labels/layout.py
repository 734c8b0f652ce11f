"""How one label is laid out: words and bars with their places. Decides whether the code fits at all.

Lengths are millimetres from the label's upper left corner; sizes of type are points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _
from reportlab.lib.units import mm

from microbiz.barcodes import Symbol, code128, qr, retail
from microbiz.errors import DomainError
from microbiz.paper import BOLD, MONO, SANS, shortened, width_of, wrapped
from serials.labels.formats import FORMATS, Format

EDGE = 1.0  # that printers may be off by; the white around the bars begins inside of it
MARGIN = 2.5  # around words
LARGEST_MODULE = 0.5  # beyond, bars only take room
LEAST_HEIGHT, MOST_HEIGHT = 6.0, 22.0  # of bars
LEAD = 1.18  # from row to row, in sizes of type


class DoesNotFit(DomainError):
    """A code would have to be printed smaller than a scanner reads."""


@dataclass(frozen=True)
class Label:
    """What stands on one label. `code` is what a scanner reads, `price` is in words or empty."""

    name: str
    sku: str
    code: str
    price: str = ""
    is_serial: bool = False


@dataclass(frozen=True)
class Words:
    """One row of type; `y` is its base line. `anchor`: start, middle or end is at `x`."""

    x: float
    y: float
    text: str
    font: str
    size: float
    anchor: str = "start"


@dataclass(frozen=True)
class Bars:
    """A symbol with its white: where it begins, and how wide and how high one module of it is."""

    x: float
    y: float
    symbol: Symbol
    module: float
    height: float


Step = Words | Bars


def symbol_for(label: Label, *, as_qr: bool) -> Symbol:
    """The code of a label: EAN or UPC where it is one, else Code 128, or QR. Raises NotEncodable."""
    if as_qr:
        return qr(label.code)
    return (None if label.is_serial else retail(label.code)) or code128(label.code)


@lru_cache(maxsize=2048)
def lay_out(label: Label, paper: Format, *, as_qr: bool = False) -> Sequence[Step]:
    """The label on this paper. Raises DoesNotFit where the bars would be too narrow to be read, or NotEncodable."""
    symbol = symbol_for(label, as_qr=as_qr)
    scale = min(max(paper.height / 38.1, 0.75), 1.5)
    return tuple(_beside(label, paper, symbol, scale) if as_qr else _below(label, paper, symbol, scale))


def _module(symbol: Symbol, room: float, dot: float) -> float | None:
    """The widest module of whole dots with which the symbol stays inside `room`; None where all are too narrow."""
    dots = int(min(room / symbol.width, LARGEST_MODULE if not symbol.is_square else 1.0) / dot + 1e-6)
    return dots * dot if dots * dot >= symbol.least - 1e-6 else None


def _on_dot(length: float, paper: Format) -> float:
    """The length in whole dots: bars that begin between two dots come out unevenly wide."""
    return round(length / paper.dot) * paper.dot


def _below(label: Label, paper: Format, symbol: Symbol, scale: float) -> list[Step]:
    """The name, the bars under it, what they say in letters, and at the foot SKU and price."""
    module = _module(symbol, paper.width - 2 * EDGE, paper.dot)
    if module is None:
        raise _too_long(label, paper)
    column = _Column(paper, scale)
    column.rows(label.name, BOLD, 7.5, most=2 if paper.height > 28 else 1)
    foot = 0.0 if label.is_serial else _lead(11 * scale)
    text = wrapped(label.code, MONO, 8 * scale, column.width)[:2]
    height = paper.height - column.y - foot - len(text) * _lead(8 * scale) - MARGIN
    height = min(height, MOST_HEIGHT * scale)
    if height < LEAST_HEIGHT:
        raise _too_long(label, paper)
    column.y += 0.8
    left = _on_dot((paper.width - symbol.width * module) / 2, paper)
    column.steps.append(Bars(left, column.y, symbol, module, height - 1.2))
    column.y += height - 0.8
    for row in text:
        column.row(row, MONO, 8, anchor="middle")
    if not label.is_serial:
        column.pair(label.sku if label.sku != label.code else "", label.price)
    return column.steps


def _beside(label: Label, paper: Format, symbol: Symbol, scale: float) -> list[Step]:
    """The QR code at the left, words at its right."""
    room = min(paper.height, paper.width / 2) - 2 * EDGE
    module = _module(symbol, room, paper.dot)
    if module is None:
        raise _too_long(label, paper)
    side = symbol.width * module
    column = _Column(paper, scale, left=EDGE + side + 0.5)
    left, top = _on_dot(EDGE, paper), _on_dot((paper.height - side) / 2, paper)
    column.steps.append(Bars(left, top, symbol, module, module))
    column.rows(label.name, BOLD, 7.5, most=3)
    if label.sku != label.code:
        column.row(label.sku, SANS, 6.5)
    for row in wrapped(label.code, MONO, 7 * scale, column.width)[:3]:
        column.row(row, MONO, 7)
    if label.price:
        column.row(label.price, BOLD, 11)
    return column.steps


def _too_long(label: Label, paper: Format) -> DoesNotFit:
    fitting = next((other.name for other in FORMATS.values() if other is not paper and _fits(label, other)), None)
    advice = (
        _("Choose a wider label (%(format)s) or a QR code.") % {"format": fitting} if fitting else _("Use a QR code.")
    )
    return DoesNotFit(
        _("%(code)s: %(count)d characters are too long for readable bars on this label. %(advice)s")
        % {"code": label.code, "count": len(label.code), "advice": advice}
    )


def _fits(label: Label, paper: Format) -> bool:
    return _module(symbol_for(label, as_qr=False), paper.width - 2 * EDGE, paper.dot) is not None


def _lead(size: float) -> float:
    return size * LEAD / mm


class _Column:
    """Rows of words from the top of a label down, sized to the label."""

    def __init__(self, paper: Format, scale: float, left: float = MARGIN):
        self.left, self.right = left, paper.width - MARGIN
        self.width = (self.right - left) * mm  # in points, as type is measured
        self.scale = scale
        self.y = MARGIN - 0.5
        self.steps: list[Step] = []

    def row(self, text: str, font: str, size: float, anchor: str = "start") -> None:
        size *= self.scale
        x = {"start": self.left, "middle": (self.left + self.right) / 2, "end": self.right}[anchor]
        self.y += _lead(size)
        text = shortened(text, font, size, self.width)
        self.steps.append(Words(x, self.y - (LEAD - 0.95) * size / mm, text, font, size, anchor))

    def rows(self, text: str, font: str, size: float, *, most: int) -> None:
        """A text in at most so many rows; what goes beyond ends in an ellipsis."""
        parts = wrapped(text, font, size * self.scale, self.width)
        for part in [*parts[: most - 1], " ".join(parts[most - 1 :])]:
            if part:
                self.row(part, font, size)

    def pair(self, left: str, right: str) -> None:
        """SKU and price at the two ends of one row."""
        size = 11 * self.scale
        self.y += _lead(size)
        base = self.y - (LEAD - 0.95) * size / mm
        if right:
            self.steps.append(Words(self.right, base, right, BOLD, size, "end"))
        if left:
            room = self.width - (width_of(right, BOLD, size) + 2 * mm if right else 0)
            small = 6.5 * self.scale
            self.steps.append(Words(self.left, base, shortened(left, SANS, small, room), SANS, small))
