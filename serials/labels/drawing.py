"""Labels on paper: as PDF, and as the same picture in SVG for the page."""

from collections.abc import Iterator, Sequence
from io import BytesIO

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from reportlab.lib.units import mm

from microbiz.paper import BOLD, MONO, PlainCanvas, register_fonts, width_of
from serials.labels.formats import Format
from serials.labels.layout import Bars, Label, Step, Words, lay_out


def pages(labels: Sequence[Label], paper: Format, *, start: int = 1) -> Iterator[list[tuple[int, Label]]]:
    """The labels page by page, each with its place on the page; the first page begins at label number `start`."""
    first = start - 1
    places = [(first + at, label) for at, label in enumerate(labels)]
    last = places[-1][0] // paper.a_page if places else -1
    for number in range(last + 1):
        beginning = max(number * paper.a_page - first, 0)
        yield [(at % paper.a_page, label) for at, label in places[beginning : (number + 1) * paper.a_page - first]]


def labels_pdf(labels: Sequence[Label], paper: Format, *, start: int = 1, as_qr: bool = False) -> bytes:
    """The labels as a PDF to print at its true size. Raises DoesNotFit or NotEncodable, as `lay_out` does."""
    register_fonts()
    file = BytesIO()
    width, height = paper.page
    canvas = PlainCanvas(file, pagesize=(width * mm, height * mm), pageCompression=1)
    canvas.setTitle(_("Labels"))
    canvas.setViewerPreference("PrintScaling", "None")  # a label that the printer shrinks is not read
    for page in pages(labels, paper, start=start):
        for place, label in page:
            left, top = paper.place(place)
            for step in lay_out(label, paper, as_qr=as_qr):
                _print(canvas, step, left, height - top, spare=paper.dot / 10)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _print(canvas: PlainCanvas, step: Step, left: float, top: float, *, spare: float) -> None:
    """One step on the page. A printer blackens every dot that a bar touches, so bars end a `spare` before the next one."""
    if isinstance(step, Bars):
        if step.symbol.is_square:
            spare = 0.0  # rows of a square must join
        for at, row, wide in step.symbol.bars():
            canvas.rect(
                (left + step.x + at * step.module + spare) * mm,
                (top - step.y - _quiet_above(step) - (row + 1) * step.height) * mm,
                (wide * step.module - 2 * spare) * mm,
                step.height * mm,
                stroke=0,
                fill=1,
            )
        return
    canvas.setFont(step.font, step.size)
    draw = {"start": canvas.drawString, "middle": canvas.drawCentredString, "end": canvas.drawRightString}[step.anchor]
    draw((left + step.x) * mm, (top - step.y) * mm, step.text)


def _quiet_above(step: Bars) -> float:
    """A square has its white above and below too; bars need it at their sides only."""
    return step.symbol.quiet * step.module if step.symbol.is_square else 0.0


def label_svg(label: Label, paper: Format, *, as_qr: bool = False) -> SafeString:
    """The label as it will be printed, black on white; as wide as the stylesheet's `.label-svg`."""
    steps = lay_out(label, paper, as_qr=as_qr)
    return format_html(
        '<svg class="label-svg" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<rect width="100%" height="100%" fill="#fff"/>{}</svg>',
        paper.width,
        paper.height,
        f"{label.name}, {label.code}",
        format_html_join("", "{}", ((_picture(step),) for step in steps)),
    )


def _picture(step: Step) -> SafeString:
    if isinstance(step, Words):
        return format_html(
            '<text x="{}" y="{}" font-size="{}" font-family="{}" font-weight="{}" text-anchor="{}" textLength="{}" '
            'lengthAdjust="spacingAndGlyphs">{}</text>',
            round(step.x, 3),
            round(step.y, 3),
            round(step.size / mm, 3),
            "var(--mono), monospace" if step.font == MONO else "sans-serif",
            700 if step.font == BOLD else 400,
            step.anchor,
            round(width_of(step.text, step.font, step.size) / mm, 3),
            step.text,
        )
    top = step.y + _quiet_above(step)
    path = "".join(
        f"M{step.x + at * step.module:.3f} {top + row * step.height:.3f}"
        f"h{wide * step.module:.3f}v{step.height:.3f}h-{wide * step.module:.3f}z"
        for at, row, wide in step.symbol.bars()
    )
    return format_html('<path shape-rendering="crispEdges" d="{}"/>', path)
