"""Barcodes as dark and light modules, and as SVG for a page. Receipts, labels and documents draw from here."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import barcode
import segno
from barcode.errors import BarcodeError
from django.utils.html import format_html
from django.utils.translation import gettext as _

from microbiz.errors import DomainError

RETAIL = {8: "ean8", 12: "upca", 13: "ean13"}  # by the number of digits
QUIET = {"code128": 10, "ean8": 7, "upca": 9, "ean13": 11}  # modules of white that a reader needs at either side
QUIET_QR = 4
LEAST = 0.25  # mm that a module must at least be wide: with a 203 dpi printer narrower ones are not read
LEAST_RETAIL = 0.264  # mm, 80% of the nominal size: smaller EAN and UPC codes are outside of their standard
LEAST_QR = 0.33  # mm


class NotEncodable(DomainError):
    """A text holds characters that this kind of barcode has no bars for."""


@dataclass(frozen=True)
class Symbol:
    """A barcode in modules: `rows` of 1 (dark) and 0 (light), one row where it is bars; `quiet` modules of white around.

    `least` is the smallest width of a module, in mm, that is reliably read from paper.
    """

    text: str
    rows: tuple[str, ...]
    quiet: int
    least: float = LEAST

    @property
    def is_square(self) -> bool:
        return len(self.rows) > 1

    @property
    def width(self) -> int:
        """Modules from edge to edge, with the white at both sides."""
        return len(self.rows[0]) + 2 * self.quiet

    def bars(self) -> Iterator[tuple[int, int, int]]:
        """Each dark run: where it begins, in which row, and how wide it is, in modules from the edge of the white."""
        for row, modules in enumerate(self.rows):
            at = self.quiet
            for module, run in groupby(modules):
                wide = len(list(run))
                if module == "1":
                    yield at, row, wide
                at += wide


def code128(text: str) -> Symbol:
    """Bars for any ASCII text; pairs of digits take the room of one letter. Raises NotEncodable."""
    try:
        rows = barcode.get("code128", text).build()
    except BarcodeError:
        raise NotEncodable(
            _("“%(text)s” holds characters that a barcode has no bars for. Print it as a QR code.") % {"text": text}
        ) from None
    return Symbol(text, tuple(rows), QUIET["code128"])


def retail(code: str) -> Symbol | None:
    """The EAN-13, UPC-A or EAN-8 of a product code; None where its digits are none of these, or unsound."""
    kind = RETAIL.get(len(code)) if code.isascii() and code.isdigit() else None
    if kind is None:
        return None
    symbol = barcode.get(kind, code)
    if symbol.get_fullcode() != code:
        return None
    return Symbol(code, tuple(symbol.build()), QUIET[kind], LEAST_RETAIL)


def qr(text: str) -> Symbol:
    """A QR code: any text, and much more of it on the same room than bars."""
    rows = segno.make(text, micro=False, error="m").matrix
    return Symbol(text, tuple("".join(map(str, row)) for row in rows), QUIET_QR, LEAST_QR)


def barcode_svg(text: str) -> str:
    """A Code 128 as SVG for a page, black on white with its quiet zones; sized by the stylesheet's `.barcode`."""
    symbol = code128(text)
    path = "".join(f"M{start} 0h{wide}v40h-{wide}z" for start, _row, wide in symbol.bars())
    return format_html(
        '<svg class="barcode" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} 40" preserveAspectRatio="none" '
        'shape-rendering="crispEdges" role="img" aria-label="{}">'
        '<path fill="#fff" d="M0 0h{}v40H0z"/><path fill="#000" d="{}"/></svg>',
        symbol.width,
        text,
        symbol.width,
        path,
    )
