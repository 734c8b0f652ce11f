"""Scans at the till: products, serials, receipts and GS1 codes."""

import pytest

from microbiz.laws import check_laws
from register.errors import (
    PriceMissing,
    ProductArchived,
)
from register.models import Shift
from register.operations import (
    add_product,
    claim_serial,
    discount_line,
    scan_at_register,
    set_quantity,
)
from serials.models import Serial
from serials.policy import Status
from serials.verdicts import Finding
from tests import factories
from tests.register.till import lines, open_till

pytestmark = pytest.mark.django_db


# --- Scanning products ------------------------------------------------------------------------------------------------


def test_a_sku_puts_its_product_on_the_sale(till, cable):
    result = till.scan("cbl-2")
    assert (result.ok, result.kind, result.line.quantity) == (True, "product", 1)
    assert (till.sale.subtotal, till.sale.total) == (1499, 1499)
    check_laws()


def test_an_untracked_product_scanned_again_raises_its_line(till, cable):
    result = till.scan("CBL-2", "CBL-2", "CBL-2")
    assert result.message == "HDMI cable, now 3."
    assert [line.quantity for line in lines(till)] == [3]


def test_a_line_with_a_price_or_discount_of_its_own_is_not_raised_by_a_scan(till, cable):
    line = till.scan("CBL-2").line
    discount_line(line, amount=100, reason="Box open", staff=till.staff)
    till.scan("CBL-2")
    assert [(line.quantity, line.discount) for line in lines(till)] == [(1, 100), (1, 0)]


def test_lines_of_serialised_products_never_merge(till, drive):
    """Bug 7 of the peers."""
    till.scan("IW-16", "IW-16")
    assert [line.quantity for line in lines(till)] == [1, 1]


@pytest.mark.parametrize("code", ["4006381333931", "04006381333931", "]E04006381333931", "(01)04006381333931"])
def test_a_barcode_is_found_in_every_form_that_means_it(till, cable, code):
    factories.BarcodeFactory(product=cable, code="4006381333931")
    assert till.scan(code).line.product == cable


def test_a_barcode_of_two_products_asks_which(till, cable):
    """Eight digits may be EAN-8 or UPC-E, so one code may stand on two products."""
    other = factories.ProductFactory()
    factories.BarcodeFactory(product=cable, code="01234565")
    factories.BarcodeFactory(product=other, code="012345000065")
    result = till.scan("01234565")
    assert (result.ok, result.kind, set(result.products)) == (False, "choose", {cable, other})
    assert till.scan("01234565", product=cable).line.product == cable


def test_a_product_without_a_price_asks_for_it(till):
    product = factories.ProductFactory(sku="GIFT", price=None)
    result = till.scan("GIFT")
    assert (result.ok, result.kind, result.products) == (False, "price", [product])
    with pytest.raises(PriceMissing):
        add_product(till.sale, product, staff=till.staff)
    assert add_product(till.sale, product, price=2500, staff=till.staff).total == 2500


def test_an_archived_product_is_refused(till):
    product = factories.ProductFactory(sku="OLD", is_archived=True)
    assert till.scan("OLD").kind == "refused"
    with pytest.raises(ProductArchived, match="archived"):
        add_product(till.sale, product, staff=till.staff)
    assert lines(till) == []


def test_words_offer_products_and_add_none_by_themselves(till, drive, cable):
    result = till.scan("ironw")
    assert (result.ok, result.kind, result.products) == (False, "choose", [drive])
    assert lines(till) == []
    assert till.scan("ironw", product=drive).line.product == drive


def test_an_unknown_code_is_said_to_be_unknown(till):
    result = till.scan("XYZZY<b>")
    assert (result.ok, result.kind) == (False, "unknown")
    assert "XYZZY<b>" in result.message


def test_a_blank_scan_changes_nothing(till):
    assert till.scan("  \t\r\n").kind == "unknown"
    assert lines(till) == []


# --- Scanning serials -------------------------------------------------------------------------------------------------


def test_a_serial_alone_sells_its_unit(till, drive):
    result = till.scan("ZA1")
    assert (result.ok, result.kind) == (True, "serial")
    assert result.line.serials == [Serial.objects.get(number="ZA1")]
    assert result.line.serial_status is Status.GREEN


def test_the_serial_after_its_product_completes_the_line(till, drive):
    till.scan("IW-16")
    assert lines(till)[0].serial_status is Status.RED
    till.scan("za1")
    [line] = lines(till)
    assert (line.quantity, line.serial_status) == (1, Status.GREEN)


def test_three_units_of_one_product_are_one_product_scan_and_three_serials(till, drive):
    result = till.scan("IW-16", "ZA1", "ZA2", "ZA3")
    [line] = lines(till)
    assert (line.quantity, [serial.number for serial in line.serials]) == (3, ["ZA1", "ZA2", "ZA3"])
    assert result.message == "ZA3 is on IronWolf, now 3 of 3."
    assert till.sale.total == 3 * 30_999
    check_laws()


def test_the_selected_line_takes_the_serial(till, drive):
    till.scan("IW-16", "IW-16")
    _first, second = lines(till)
    assert till.scan("ZA1", selected=second).line == second


def test_exactly_the_scanned_serials_are_attached_and_no_others(till, drive):
    """Bug 7 of the peers: nothing is picked in place of a scan or beside it."""
    till.scan("IW-16")
    set_quantity(lines(till)[0], 4, staff=till.staff)
    till.scan("ZA3", "ZA1")
    assert [serial.number for serial in lines(till)[0].serials] == ["ZA3", "ZA1"]


def test_a_serial_scanned_twice_counts_once(till, drive):
    result = till.scan("ZA1", "ZA1")
    assert (result.ok, result.verdict.finding) == (False, Finding.HERE)
    assert [line.quantity for line in lines(till)] == [1]


def test_a_serial_at_another_store_is_refused_by_name(till, drive):
    harbor = factories.StoreFactory(name="Harbor")
    factories.unit(drive, harbor, "ZH1")
    result = till.scan("ZH1")
    assert (result.ok, result.verdict.finding) == (False, Finding.ELSEWHERE)
    assert "Harbor" in result.message
    assert lines(till) == []
    check_laws()


def test_a_serial_on_another_open_sale_is_refused_with_who_holds_it(till, drive):
    other = open_till(store=till.store)
    other.scan("ZA1")
    result = till.scan("ZA1")
    assert result.verdict.finding is Finding.HELD
    assert all(word in result.message for word in (other.sale.number, str(other.register), str(other.staff)))
    check_laws()


def test_an_abandoned_carts_unit_can_be_taken_over(till, drive):
    other = open_till(store=till.store)
    other.scan("ZA1")
    line = claim_serial(till.sale, Serial.objects.get(number="ZA1"), staff=till.staff)
    assert line.attached == 1
    assert lines(other)[0].attached == 0
    check_laws()


def test_a_serial_sold_here_before_opens_its_receipt(till, drive):
    receipt = till.sell("ZA1")
    result = till.scan("ZA1")
    assert (result.ok, result.kind, result.document) == (True, "sold", receipt)


def test_the_number_of_a_receipt_opens_it(till, cable):
    receipt = till.sell("CBL-2")
    result = till.scan(receipt.number.lower())
    assert (result.ok, result.kind, result.document) == (True, "receipt", receipt)


def test_a_receipt_of_a_store_where_one_does_not_work_is_not_opened(till, cable):
    receipt = till.sell("CBL-2")
    elsewhere = factories.StoreFactory()
    other = open_till(store=elsewhere, staff=factories.StaffFactory(stores=[elsewhere]))
    result = other.scan(receipt.number)
    assert (result.ok, result.document) == (False, None)
    assert till.store.name in result.message


def test_two_products_sharing_a_number_ask_which_one(till, drive):
    """Bug 20 of the peers."""
    camera = factories.TrackedFactory(name="Camera")
    factories.unit(camera, till.store, "ZA1")
    result = till.scan("ZA1")
    assert (result.kind, set(result.products)) == ("choose", {drive, camera})
    assert lines(till) == []
    assert till.scan("ZA1", product=camera).line.product == camera


def test_a_product_on_the_sale_settles_whose_number_it_is(till, drive):
    camera = factories.TrackedFactory(sku="CAM")
    factories.unit(camera, till.store, "ZA1")
    assert till.scan("CAM", "ZA1").line.product == camera


def test_a_number_that_a_line_waits_for_is_its_serial_before_it_is_a_sku(till, drive):
    factories.ProductFactory(sku="1001")
    factories.unit(drive, till.store, "1001")
    assert till.scan("1001").line.product != drive
    assert till.scan("IW-16", "1001").line.product == drive


def test_a_sale_begun_since_the_register_was_looked_at_is_gone_on_with(till, drive):
    """As by another browser at the same register, between this request's first question and its lock."""
    till.scan("ZA1")
    shift = Shift.objects.select_related("register__store").get(pk=till.shift.pk)
    shift.has_sale_in_hand = False
    result = scan_at_register(shift, "ZA2", staff=till.staff)
    assert (result.ok, result.line.sale) == (True, till.sale)
    assert sum(line.attached for line in lines(till)) == 2


def test_a_gs1_code_gives_product_and_serial_in_one_scan(till, drive):
    factories.BarcodeFactory(product=drive, code="4006381333931")
    result = till.scan("]d2010400638133393121ZA2")
    assert (result.ok, result.kind) == (True, "serial")
    assert [serial.number for serial in result.line.serials] == ["ZA2"]


def test_a_gs1_code_of_an_unknown_unit_adds_the_line_and_creates_no_serial(till, drive):
    factories.BarcodeFactory(product=drive, code="4006381333931")
    result = till.scan("(01)04006381333931(21)ZA9")
    assert (result.ok, result.kind, result.number) == (False, "unknown_serial", "ZA9")
    assert (result.line.product, result.line.attached) == (drive, 0)
    assert not Serial.objects.filter(number="ZA9").exists()
    till.scan("(01)04006381333931(21)ZA9")
    assert len(lines(till)) == 1


def test_the_serial_of_an_unknown_product_is_not_taken_for_that_of_another(till, drive):
    """Bug 20 of the peers: a serial is looked up by its product and number, never by text alone."""
    assert till.scan("(01)04006381333931(21)ZA2").kind == "unknown"
    assert lines(till) == []
    assert till.scan("[)>\x1e06\x1dSZA2\x1e\x04").ok


def test_an_unsound_gs1_code_says_what_is_wrong(till):
    result = till.scan("(01)04006381333930(21)ZA9")
    assert (result.ok, result.kind) == (False, "unknown")
    assert "check digit" in result.message


def test_an_unknown_serial_is_offered_to_the_line_that_waits_and_never_created(till, drive):
    """Bug 10 of the peers: a typo is no new unit."""
    result = till.scan("IW-16", "QQ7")
    assert (result.kind, result.line, result.number) == ("unknown_serial", lines(till)[0], "QQ7")
    assert not Serial.objects.filter(number="QQ7").exists()


def test_with_the_add_on_off_no_serial_is_asked_for_or_found(till, drive):
    factories.ShopSettingsFactory(serial_numbers_enabled=False)
    assert till.scan("IW-16").message == "IronWolf added."
    assert till.scan("ZA1").kind == "unknown"
    assert till.scan("IW-16").line.quantity == 2
    assert till.pay().is_completed
    check_laws()
