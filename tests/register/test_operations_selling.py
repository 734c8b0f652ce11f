"""Putting goods on a sale: scanning, quantities, prices, hold, recall and void."""

from decimal import Decimal

import pytest

from microbiz.laws import check_laws
from register.errors import (
    LineGone,
    NothingToSell,
    PriceMissing,
    ProductArchived,
    ReasonMissing,
    SaleNotOpen,
    SaleStillOpen,
    ShiftNotOpen,
    WrongAmount,
)
from register.models import Override, Sale
from register.operations import (
    add_product,
    change_price,
    claim_serial,
    close_shift,
    current_sale,
    discount_line,
    discount_sale,
    hold_sale,
    open_shift,
    recall_sale,
    remove_line,
    scan,
    set_customer,
    set_quantity,
    void_sale,
)
from serials.errors import TooManySerials
from serials.models import Serial, SerialHold
from serials.operations import attach
from serials.policy import State, Status
from serials.verdicts import Finding
from settings_app.models import SerialTracking
from tests import factories
from tests.register.till import open_till

pytestmark = [pytest.mark.django_db, pytest.mark.lawful]


@pytest.fixture
def till():
    factories.ShopSettingsFactory()
    return open_till()


@pytest.fixture
def drive(till):
    """A product with required serials, of which ZA1 to ZA4 stand in the till's store."""
    product = factories.TrackedFactory(name="IronWolf", sku="IW-16", price=30_999)
    factories.units(product, till.store, "ZA1", "ZA2", "ZA3", "ZA4")
    return product


@pytest.fixture
def cable(till):
    product = factories.ProductFactory(name="HDMI cable", sku="CBL-2", price=1499)
    return factories.stock(product, till.store, 10)


def lines(till):
    return list(till.sale.lines.with_serials())


# --- The open sale ----------------------------------------------------------------------------------------------------


def test_a_register_has_one_open_sale_with_the_next_number(till):
    assert till.sale == till.sale
    assert till.sale.number == f"{till.register.prefix}-000001"


def test_a_closed_register_sells_nothing(till):
    register = factories.RegisterFactory(store=till.store)
    with pytest.raises(ShiftNotOpen, match=f"{register} is closed"):
        current_sale(register, staff=till.staff)
    assert not register.sales.exists()


def test_an_empty_sale_goes_on_in_the_next_shift(till):
    sale = till.sale
    close_shift(till.shift, counts={factories.cash().pk: 10_000}, staff=till.staff)
    shift = open_shift(till.register, opening_balance=0, staff=till.staff)
    assert (till.sale, till.sale.shift) == (sale, shift)


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


# --- Quantity, price, discount ----------------------------------------------------------------------------------------


def test_quantity_1_to_2_turns_a_green_line_red_at_once(till, drive):
    line = till.scan("ZA1").line
    set_quantity(line, 2, staff=till.staff)
    assert lines(till)[0].serial_status is Status.RED
    assert till.sale.total == 2 * 30_999


def test_lowering_the_quantity_below_the_serials_asks_which_leaves(till, drive):
    line = till.scan("ZA1", "ZA2", "ZA3").line
    with pytest.raises(TooManySerials, match="Choose 2 that leave"):
        set_quantity(line, 1, staff=till.staff)
    assert (lines(till)[0].quantity, lines(till)[0].attached) == (3, 3)
    leaving = Serial.objects.filter(number__in=["ZA1", "ZA3"])
    set_quantity(line, 1, detach=leaving, staff=till.staff)
    assert [serial.number for serial in lines(till)[0].serials] == ["ZA2"]
    assert SerialHold.objects.count() == 1
    check_laws()


def test_quantity_0_removes_the_line(till, drive):
    line = till.scan("ZA1").line
    assert set_quantity(line, 0, staff=till.staff) is None
    assert lines(till) == []
    assert not SerialHold.objects.exists()


@pytest.mark.parametrize("quantity", [-1, 100_000])
def test_a_quantity_that_no_line_can_have_is_refused(till, cable, quantity):
    line = till.scan("CBL-2").line
    with pytest.raises(WrongAmount):
        set_quantity(line, quantity, staff=till.staff)
    assert lines(till)[0].quantity == 1


def test_a_discount_keeps_its_share_when_quantity_or_price_change(till, cable):
    line = till.scan("CBL-2", "CBL-2").line
    discount_line(line, percent=Decimal(10), reason="Open box", staff=till.staff)
    assert lines(till)[0].discount == 300
    assert set_quantity(line, 3, staff=till.staff).discount == 450
    assert change_price(line, 2998, reason="Match", staff=till.staff).discount == 900
    check_laws()


def test_a_changed_price_is_recorded_with_who_and_why(till, cable):
    line = till.scan("CBL-2").line
    change_price(line, 999, reason="Price match", staff=till.staff)
    override = Override.objects.get()
    assert (override.kind, override.line, override.reason, override.staff) == ("price", line, "Price match", till.staff)
    assert override.detail == "HDMI cable: 14.99 to 9.99"
    assert till.sale.total == 999


@pytest.mark.parametrize("amount", [-1, 1500])
def test_a_discount_beyond_the_price_is_refused(till, cable, amount):
    line = till.scan("CBL-2").line
    with pytest.raises(WrongAmount, match="between 0 and"):
        discount_line(line, amount=amount, reason="?", staff=till.staff)
    assert till.sale.total == 1499
    assert not Override.objects.exists()


def test_prices_and_discounts_need_a_reason(till, cable):
    line = till.scan("CBL-2").line
    with pytest.raises(ReasonMissing):
        change_price(line, 1, reason=" ", staff=till.staff)
    with pytest.raises(ReasonMissing):
        discount_line(line, amount=1, reason="", staff=till.staff)
    with pytest.raises(ReasonMissing):
        discount_sale(till.sale, amount=1, reason="", staff=till.staff)
    assert till.sale.total == 1499


def test_a_discount_on_the_sale_is_apportioned_to_the_cent(till):
    for price in (333, 333, 334):
        add_product(till.sale, factories.ProductFactory(price=price), staff=till.staff)
    sale = discount_sale(till.sale, amount=100, reason="Club", staff=till.staff)
    assert sorted(line.discount for line in lines(till)) == [33, 33, 34]
    assert sale.total == 900
    assert discount_sale(sale, percent=Decimal(0), reason="Mistake", staff=till.staff).total == 1000
    check_laws()


def test_a_removed_line_lets_its_unit_go(till, drive):
    line = till.scan("ZA1").line
    remove_line(line, staff=till.staff)
    assert open_till(store=till.store).scan("ZA1").ok
    with pytest.raises(LineGone):
        set_quantity(line, 2, staff=till.staff)
    check_laws()


def test_a_customer_is_set_and_taken_off(till):
    customer = factories.CustomerFactory()
    assert set_customer(till.sale, customer, staff=till.staff).customer == customer
    assert set_customer(till.sale, None, staff=till.staff).customer is None


# --- Hold, recall, void -----------------------------------------------------------------------------------------------


def test_a_held_sale_keeps_its_serials_and_is_recalled_at_another_register(till, drive):
    till.scan("ZA1")
    held = hold_sale(till.sale, note="Wallet in the car", staff=till.staff)
    other = open_till(store=till.store)
    assert other.scan("ZA1").verdict.finding is Finding.HELD
    assert other.scan(held.number).kind == "held"
    sale = recall_sale(held, register=other.register, staff=other.staff)
    assert (sale.is_open, sale.register, sale.shift) == (True, other.register, other.shift)
    assert lines(other)[0].attached == 1
    assert other.pay().is_completed
    check_laws()


def test_an_empty_sale_is_not_held(till):
    with pytest.raises(NothingToSell):
        hold_sale(till.sale, note="", staff=till.staff)


def test_a_register_with_an_open_sale_recalls_no_other(till, drive, cable):
    till.scan("ZA1")
    held = hold_sale(till.sale, note="", staff=till.staff)
    till.scan("CBL-2")
    with pytest.raises(SaleStillOpen, match=till.sale.number):
        recall_sale(held, register=till.register, staff=till.staff)
    held.refresh_from_db()
    assert held.status == Sale.Status.ON_HOLD


def test_a_sale_is_recalled_once(till, cable):
    till.scan("CBL-2")
    held = hold_sale(till.sale, note="", staff=till.staff)
    recall_sale(held, register=till.register, staff=till.staff)
    other = open_till(store=till.store)
    with pytest.raises(SaleNotOpen, match="not on hold"):
        recall_sale(held, register=other.register, staff=other.staff)


def test_a_sale_of_another_store_is_not_recalled(till, cable):
    till.scan("CBL-2")
    held = hold_sale(till.sale, note="", staff=till.staff)
    other = open_till()
    with pytest.raises(SaleNotOpen):
        recall_sale(held, register=other.register, staff=other.staff)


def test_nothing_is_changed_on_a_held_sale(till, cable):
    line = till.scan("CBL-2").line
    held = hold_sale(till.sale, note="", staff=till.staff)
    with pytest.raises(SaleNotOpen, match="Recall it"):
        set_quantity(line, 2, staff=till.staff)
    with pytest.raises(SaleNotOpen, match="Recall it"):
        scan(held, "CBL-2", staff=till.staff)


def test_a_void_restores_each_unit_once_and_never_twice(till, drive):
    """Bug 14 of the peers."""
    till.scan("ZA1")
    sale = void_sale(till.sale, reason="Changed his mind", staff=till.staff)
    assert (sale.status, sale.note) == (Sale.Status.VOIDED, "Changed his mind")
    assert Serial.objects.get(number="ZA1").state == State.IN_STOCK
    with pytest.raises(SaleNotOpen, match="cannot be voided"):
        void_sale(sale, reason="Again", staff=till.staff)
    assert till.sell("ZA1").is_completed
    with pytest.raises(SaleNotOpen):
        void_sale(sale, reason="Again", staff=till.staff)
    assert Serial.objects.get(number="ZA1").state == State.SOLD
    check_laws()


def test_a_paid_sale_is_not_voided(till, drive):
    sale = till.sell("ZA1")
    with pytest.raises(SaleNotOpen, match="Take the goods back with Return"):
        void_sale(sale, reason="Oops", staff=till.staff)
    assert Serial.objects.get(number="ZA1").state == State.SOLD
    check_laws()


def test_a_void_needs_a_reason(till, cable):
    till.scan("CBL-2")
    with pytest.raises(ReasonMissing):
        void_sale(till.sale, reason=" ", staff=till.staff)
    assert till.sale.lines.exists()


def test_a_voided_sale_can_be_voided_from_hold(till, drive):
    till.scan("ZA1")
    void_sale(hold_sale(till.sale, note="", staff=till.staff), reason="Never came back", staff=till.staff)
    assert not SerialHold.objects.exists()
    check_laws()


@pytest.mark.parametrize(
    ("tracking", "status"),
    [
        (SerialTracking.NONE, None),
        (SerialTracking.OPTIONAL, Status.GRAY),
        (SerialTracking.SALES, Status.RED),
        (SerialTracking.ALL, Status.RED),
    ],
)
def test_the_circle_of_a_new_line_follows_the_policy(till, tracking, status):
    """Bug 6 of the peers: a pure function of policy, quantity and attached count."""
    product = factories.ProductFactory(serial_tracking=tracking)
    factories.unit(product, till.store, "N1")
    line = add_product(till.sale, product, staff=till.staff)
    assert line.serial_status is status
    if status is not None:
        attach(line, ["N1"], staff=till.staff)
        assert lines(till)[0].serial_status is Status.GREEN
