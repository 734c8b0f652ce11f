"""What stands on labels, and that a scanner reads it from the paper."""

import pypdfium2
import pytest
import zxingcpp

from microbiz.barcodes import NotEncodable, code128, qr, retail
from serials.labels.drawing import label_svg, labels_pdf, pages
from serials.labels.formats import FORMATS
from serials.labels.layout import Bars, DoesNotFit, Label, Words, lay_out

LONG = "SN-" + "0123456789ABC" * 3
SERIALS = ["0012&34-A'b", "000123", 'S<16>"x', "12345678901234567890"]
EVERY = list(FORMATS)


def serial(number):
    return Label("IronWolf Pro 16 TB", "IW-16", number, is_serial=True)


def product(code, name="IronWolf Pro 16 TB, 3.5 inch SATA, NAS drive", price="$309.99"):
    return Label(name, "IW-16", code, price)


def scanned(pdf, paper):
    """What a reader sees on each page, at the dots of a thermal printer, or 300 to the inch for a sheet."""
    document = pypdfium2.PdfDocument(pdf)
    dpi = 300 if paper.is_sheet else 25.4 / paper.dot
    found = []
    for page in document:
        image = page.render(scale=dpi / 72).to_pil()
        found.append([(one.text, one.format.name) for one in zxingcpp.read_barcodes(image)])
        page.close()
    document.close()
    return found


def codes(found):
    return sorted(text for page in found for text, _kind in page)


@pytest.mark.parametrize("paper", EVERY)
def test_serials_and_product_codes_are_read_from_every_paper(paper):
    """With &, quotes, markup and leading zeros; EAN-13, EAN-8 and UPC-A, which is an EAN-13 that begins with 0."""
    labels = [serial(number) for number in SERIALS]
    labels += [product("4006381333931"), product("96385074"), product("012345678905"), product("IW-16")]
    found = scanned(labels_pdf(labels, FORMATS[paper]), FORMATS[paper])
    assert codes(found) == sorted([*SERIALS, "4006381333931", "96385074", "0012345678905", "IW-16"])
    kinds = {text: kind for page in found for text, kind in page}
    assert (kinds["4006381333931"], kinds["96385074"], kinds["IW-16"]) == ("EAN13", "EAN8", "Code128")


@pytest.mark.parametrize("paper", ["roll-57x32", "roll-62x29", "a4-3x7"])
def test_a_qr_code_carries_what_bars_cannot(paper):
    numbers = [LONG, "Ä-Ω-17", "0012&34"]
    found = scanned(labels_pdf([serial(number) for number in numbers], FORMATS[paper], as_qr=True), FORMATS[paper])
    assert codes(found) == sorted(numbers)


def test_a_serial_of_more_than_forty_characters_is_read_from_a_wide_label():
    paper = FORMATS["roll-152x102"]
    assert len(LONG) > 40
    assert codes(scanned(labels_pdf([serial(LONG)], paper), paper)) == [LONG]


@pytest.mark.parametrize("paper", ["roll-57x32", "roll-62x29", "a4-3x7", "letter-3x10"])
def test_a_serial_too_long_for_its_label_says_which_paper_would_do(paper):
    with pytest.raises(DoesNotFit, match=r"SN-0123.* 42 characters .*Roll, 152"):
        lay_out(serial(LONG), FORMATS[paper])


def test_what_no_paper_holds_is_sent_to_a_qr_code():
    with pytest.raises(DoesNotFit, match=r"Use a QR code"):
        lay_out(serial("x" * 64), FORMATS["roll-152x102"])


def test_letters_without_bars_are_refused_by_name():
    with pytest.raises(NotEncodable, match=r"Ω-1.*QR"):
        lay_out(serial("Ω-1"), FORMATS["a4-3x7"])


@pytest.mark.parametrize("paper", EVERY)
@pytest.mark.parametrize("as_qr", [False, True])
def test_bars_are_wide_enough_and_everything_stays_on_the_label(paper, as_qr):
    """0.25 mm at least, whole dots of the printer, the white included, also with the longest names and figures."""
    paper = FORMATS[paper]
    hard = [
        product("4006381333931", name="Übergroße Festplatte " * 9, price="$9,999,999.99"),
        product("SKU-1", name="W" * 60),
        serial("AB-1234567"),
        serial("M" * 12),
    ]
    for label in hard:
        for step in lay_out(label, paper, as_qr=as_qr):
            if isinstance(step, Bars):
                assert step.module >= 0.25 - 1e-9
                assert step.module / paper.dot == pytest.approx(round(step.module / paper.dot))
                assert step.x >= 0
                assert step.x + step.symbol.width * step.module <= paper.width
                rows = len(step.symbol.rows) + 2 * step.symbol.quiet if step.symbol.is_square else 1
                assert step.y + rows * step.height <= paper.height
            else:
                assert 0 < step.y < paper.height - 0.5, (label, step)


def test_quiet_zones_are_those_that_readers_ask_for():
    assert (code128("A").quiet, retail("4006381333931").quiet, retail("012345678905").quiet) == (10, 11, 9)
    assert qr("A").quiet == 4
    assert retail("4006381333932") is None
    assert retail("ABC") is None


def test_sheets_begin_where_they_are_told():
    paper = FORMATS["letter-3x10"]
    labels = [serial(f"N{at}") for at in range(12)]
    first, second = pages(labels, paper, start=25)
    assert [place for place, _label in first] == [24, 25, 26, 27, 28, 29]
    assert [place for place, _label in second] == [0, 1, 2, 3, 4, 5]
    assert [label.code for _place, label in second] == [f"N{at}" for at in range(6, 12)]
    assert len(scanned(labels_pdf(labels, paper, start=25), paper)) == 2


def test_labels_of_a_sheet_do_not_overlap_and_stay_on_it():
    for paper in FORMATS.values():
        left, top = paper.place(0)
        right, bottom = paper.place(paper.a_page - 1)
        assert left >= 0
        assert top >= 0
        assert right + paper.width <= paper.page[0] + 0.01
        assert bottom + paper.height <= paper.page[1] + 0.01
        if paper.is_sheet:
            assert paper.across >= paper.width
            assert paper.down >= paper.height


def test_the_picture_on_the_page_is_escaped_and_has_no_style():
    picture = label_svg(Label("<b>&", "X", "a<b&'\"", is_serial=True), FORMATS["a4-3x7"])
    assert "style=" not in picture
    assert "<b>" not in picture
    words = [
        step.text
        for step in lay_out(Label("<b>&", "X", "a<b&'\"", is_serial=True), FORMATS["a4-3x7"])
        if isinstance(step, Words)
    ]
    assert "a<b&'\"" in words
