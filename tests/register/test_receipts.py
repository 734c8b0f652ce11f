"""What stands on a receipt, and that a scanner reads its barcode from the page and from the paper."""

import base64
import re
import zlib
from datetime import UTC, datetime

import pytest
import zxingcpp
from django.utils.html import escape
from PIL import Image, ImageDraw

from microbiz.barcodes import barcode_svg
from microbiz.paper import SANS, wrapped
from register.errors import SaleNotOpen
from register.models import Sale
from register.operations import Tender, add_return_by_serial, count_print, discount_line, set_customer
from register.receipts import build_receipt, receipt_pdf
from serials.models import Serial
from tests import factories
from tests.register.till import open_till

pytestmark = pytest.mark.django_db

LONG = "SN-" + "0123456789" * 6


@pytest.fixture
def till():
    factories.ShopSettingsFactory(receipt_footer="Returns within 30 days")
    return open_till(store=factories.StoreFactory(name="Harbor", address="14 Quay Street", city="Duluth", region="MN"))


@pytest.fixture
def drive(till):
    rate = factories.TaxRateFactory(store=till.store, name="Sales tax", rate=8250)
    product = factories.TrackedFactory(name="IronWolf Pro <16 TB>", sku="IW-16", price=30_999, tax_class=rate.tax_class)
    factories.units(product, till.store, "ZA1", "ZA2", LONG)
    return product


def painted(rectangles, width, height, scale=3):
    """The filled rectangles on white, as a camera sees them."""
    image = Image.new("L", (round(width * scale), round(height * scale)), 255)
    draw = ImageDraw.Draw(image)
    for x, y, wide, high in rectangles:
        draw.rectangle([x * scale, y * scale, (x + wide) * scale - 1, (y + high) * scale - 1], fill=0)
    return image


def read(image):
    return [(found.text, found.format.name) for found in zxingcpp.read_barcodes(image)]


@pytest.mark.parametrize("number", ["H1-004213", "R1-000001", "WAREHS-12345678"])
def test_the_barcode_on_the_page_is_read(number):
    svg = barcode_svg(number)
    width = int(re.search(r'viewBox="0 0 (\d+) 40"', svg)[1])
    bars = [(int(x), 0, int(wide), 40) for x, wide in re.findall(r"M(\d+) 0h(\d+)v40h-", svg)]
    assert read(painted(bars, width, 60)) == [(number, "Code128")]


def test_the_barcode_obeys_the_content_security_policy_and_escapes():
    svg = barcode_svg('A"><script>')
    assert "style=" not in svg
    assert "<script>" not in svg
    assert escape('A"><script>') in svg


def page_content(pdf):
    """What is drawn on a PDF's one page, unpacked."""
    filters = rb"/Filter \[ /ASCII85Decode /FlateDecode \] .*?stream\s(.*?)~>"
    streams = (zlib.decompress(base64.a85decode(data)) for data in re.findall(filters, pdf, re.DOTALL))
    return next(text for text in streams if b" re f" in text).decode("latin-1")


def test_the_barcode_on_the_paper_is_read(till, drive):
    sale = till.sell("ZA1")
    pdf = receipt_pdf(build_receipt(sale))
    width, height = (float(side) for side in re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf).groups())
    bars = [
        (float(x), height - float(y) - float(high), float(wide), float(high))
        for x, y, wide, high in re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f", page_content(pdf))
    ]
    assert read(painted(bars, width, height, scale=203 / 72)) == [(sale.number, "Code128")]
    assert abs(width - 226.77) < 0.1
    assert min(wide for _x, _y, wide, _high in bars) >= 0.25 / 25.4 * 72 - 0.01


def test_a_receipt_says_who_sold_what_where_and_when(till, drive):
    till.scan("IW-16", "ZA1", "ZA2")
    set_customer(till.sale, factories.CustomerFactory(name="Lakeside Photo Club"), staff=till.staff)
    total = till.sale.total
    sale = till.pay(tenders=[Tender(factories.cash(), total, tendered=70_000)])
    Sale.objects.filter(pk=sale.pk).update(completed_at=datetime(2026, 11, 24, 2, 30, tzinfo=UTC))
    sale.refresh_from_db(fields=["completed_at"])
    receipt = build_receipt(sale)
    assert (receipt.number, receipt.company, receipt.store) == (sale.number, "Lakeside Instruments", "Harbor")
    assert receipt.address == ["14 Quay Street", "Duluth MN"]
    assert receipt.at.strftime("%d %H:%M") == "23 20:30"
    [line] = receipt.lines
    assert (line.quantity, line.net, line.serials) == (2, 61_998, ["ZA1", "ZA2"])
    assert [(tax.label, tax.amount) for tax in receipt.taxes] == [("Sales tax 8.25%", 5115)]
    assert (receipt.total, receipt.payments[0].amount, receipt.change) == (67_113, 70_000, 2887)
    assert receipt.total == receipt.subtotal + receipt.taxes[0].amount
    assert receipt.customer == "Lakeside Photo Club"
    assert not receipt.is_copy


def test_a_return_says_from_which_receipt(till, drive):
    first = till.sell("ZA1")
    add_return_by_serial(till.sale, Serial.objects.get(number="ZA1"), reason="Noisy", staff=till.staff)
    [line] = build_receipt(till.pay()).lines
    assert (line.is_return, line.quantity, line.sold_on, line.serials) == (True, -1, first.number, ["ZA1"])
    copy = build_receipt(first, is_copy=True)
    assert copy.came_back == [f"ZA1 came back on {Sale.objects.latest('pk').number}."]


def test_only_the_first_print_is_no_copy(till, drive):
    sale = till.sale
    with pytest.raises(SaleNotOpen, match="no receipt"):
        count_print(sale)
    sale = till.sell("ZA1")
    assert [count_print(sale), count_print(sale), count_print(sale)] == [False, True, True]
    sale.refresh_from_db()
    assert sale.print_count == 3


def test_with_the_add_on_off_no_serial_is_printed(till, drive):
    sale = till.sell("ZA1")
    factories.ShopSettingsFactory(serial_numbers_enabled=False)
    assert build_receipt(sale).lines[0].serials == []


def test_long_names_and_serials_stay_on_the_paper(till, drive):
    assert all(len(row) < 30 for row in wrapped(LONG + " " + "W" * 90, SANS, 8, 150))
    assert "".join(wrapped(LONG, SANS, 8, 100)) == LONG
    drive.name = "Übergroße Festplatte Ξ Жёсткий диск " * 6
    drive.save()
    line = till.scan(LONG).line
    discount_line(line, amount=500, reason="Box", staff=till.staff)
    assert receipt_pdf(build_receipt(till.pay(), is_copy=True)).startswith(b"%PDF")


@pytest.mark.once
def test_a_receipt_takes_the_same_queries_for_one_line_and_for_ten(till, drive, django_assert_num_queries):
    sale = till.sell("ZA1")
    for at in range(10):
        till.scan(factories.stock(factories.ProductFactory(sku=f"P{at}"), till.store, 1).sku)
    till.scan("ZA2")
    many = till.pay()
    with django_assert_num_queries(8) as first:
        build_receipt(sale)
    with django_assert_num_queries(len(first)):
        build_receipt(many)
