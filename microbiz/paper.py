"""What everything printed shares: the fonts that are embedded, text that is plain, and text that keeps to its width."""

from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from microbiz.outgoing import plain_text

FONTS = Path(__file__).parent / "fonts"
SANS, BOLD, MONO = "Shop", "Shop-Bold", "Shop-Mono"


@cache
def register_fonts() -> None:
    """Make SANS, BOLD and MONO known to reportlab; they hold Latin, Greek and Cyrillic letters."""
    for name, file in ((SANS, "DejaVuSans"), (BOLD, "DejaVuSans-Bold"), (MONO, "DejaVuSansMono")):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{file}.ttf"))


class PlainCanvas(Canvas):
    """A canvas on which every text is drawn plain."""

    def drawString(self, x, y, text, *args, **kwargs):
        super().drawString(x, y, plain_text(text), *args, **kwargs)

    def drawRightString(self, x, y, text, *args, **kwargs):
        super().drawRightString(x, y, plain_text(text), *args, **kwargs)

    def drawCentredString(self, x, y, text, *args, **kwargs):
        super().drawCentredString(x, y, plain_text(text), *args, **kwargs)


def width_of(text: str, font: str, size: float) -> float:
    """How wide a row of text is, in points."""
    register_fonts()
    return pdfmetrics.stringWidth(text, font, size)


def wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """The text in rows of at most `width`, broken at blanks, and inside a word only where it alone is too long."""
    rows, row = [], ""
    for word in text.split():
        longer = f"{row} {word}" if row else word
        if width_of(longer, font, size) <= width:
            row = longer
            continue
        if row:
            rows.append(row)
        row = ""
        for letter in word:
            if width_of(row + letter, font, size) > width and row:
                rows.append(row)
                row = ""
            row += letter
    return [*rows, row] if row else rows


def shortened(text: str, font: str, size: float, width: float) -> str:
    """The text in one row of at most `width`, with an ellipsis where it had to be cut."""
    if width_of(text, font, size) <= width:
        return text
    while text and width_of(text + "…", font, size) > width:
        text = text[:-1]
    return text.rstrip() + "…"
