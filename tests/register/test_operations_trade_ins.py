"""Units bought from customers at the till: what happens."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Barcode, StockMovement
from microbiz.laws import check_laws
from register.models import Override, SaleLine
from register.operations import (
    ReturnPick,
    Tender,
    add_return,
    add_return_by_serial,
    complete_sale,
    create_traded_product,
    remove_line,
    scan,
    shift_report,
    void_sale,
)
from register.returnable import returnable
from serials.errors import SerialsMissing
from serials.models import Serial, SerialEvent, SerialHold
from serials.operations import attach
from serials.policy import State, Status
from settings_app.models import SerialTracking
from tests import factories
from tests.register.trading import ada as ada
from tests.register.trading import buy, unit
from tests.register.trading import drive as drive

pytestmark = pytest.mark.django_db


# --- What happens -----------------------------------------------------------------------------------------------------


def test_an_unknown_unit_is_bought_and_goes_on_record(till, drive, ada):
    line = buy(till, drive, "OLD-1", customer=ada, condition="Scratch on the lid")
    assert (line.is_trade_in, line.net, line.total, line.tax) == (True, -4000, -4000, 0)
    assert (unit("OLD-1").state, unit("OLD-1").hold.document_id) == (State.EXPECTED, line.sale_id)
    sale = till.pay()
    assert (sale.total, sale.customer) == (-4000, ada)
    bought = unit("OLD-1")
    assert (bought.state, bought.store, bought.sequence) == (State.IN_STOCK, till.store, 1)
    assert bought.events.get().kind == SerialEvent.Kind.TRADE_IN
    assert factories.on_hand(drive, till.store) == 3
    movement = StockMovement.objects.get(document_type="register.sale")
    assert (movement.quantity, movement.reason) == (1, StockMovement.Reason.TRADE_IN)
    record = Override.objects.get()
    assert (record.kind, record.reason, record.staff) == ("trade_in", "Scratch on the lid", till.staff)
    assert record.detail == "1 × IronWolf for 40.00"
    check_laws()


def test_a_unit_that_we_once_sold_begins_its_next_life_with_its_history_kept(till, drive):
    """Bug 15 of the peers: nothing earlier is overwritten, no suffix."""
    first = till.sell("IW-16", "ZA1")
    before = list(unit("ZA1").events.values())
    line = buy(till, drive, "za1")
    assert line.serials == [unit("ZA1")]
    second = till.pay()
    third = till.sell("ZA1")
    assert list(unit("ZA1").events.filter(sequence__lte=2).values()) == before
    assert [(event.kind, event.document) for event in unit("ZA1").events.order_by("sequence")][1:] == [
        ("sale", first.number),
        ("trade_in", second.number),
        ("sale", third.number),
    ]
    assert Serial.objects.filter(product=drive).count() == 2
    check_laws()


def test_a_unit_sold_and_traded_in_on_the_same_day_cannot_come_back_on_its_receipt(till, drive):
    receipt = till.sell("IW-16", "ZA1")
    buy(till, drive, "ZA1")
    [found] = returnable(receipt)
    assert (found.left, found.without_serial, found.units[0].is_returnable) == (0, 0, False)
    assert found.units[0].text == f"On sale {till.sale.number}, not yet paid."
    bought = till.pay()
    [found] = returnable(receipt)
    assert (found.left, found.units[0].text) == (0, f"Traded in on {bought.number}.")
    again = till.sell("ZA1")
    back = add_return_by_serial(till.sale, unit("ZA1"), reason="Faulty", staff=till.staff)
    assert back.returned_line.sale == again
    till.pay()
    check_laws()


def test_a_unit_returned_unnamed_and_then_traded_in_leaves_nothing_below_zero(till):
    product = factories.ProductFactory(price=5000, serial_tracking=SerialTracking.OPTIONAL)
    factories.units(product, till.store, "G-1")
    receipt = till.sell("G-1")
    add_return(till.sale, receipt, [ReturnPick(receipt.lines.get())], reason="Faulty", staff=till.staff)
    till.pay()
    buy(till, product, "G-1", price=1000)
    till.pay()
    [found] = returnable(receipt)
    assert (found.left, found.refund) == (0, 0)
    check_laws()


def test_it_lowers_what_is_to_pay_and_not_the_tax(till, drive):
    rate = factories.TaxRateFactory(store=till.store, rate=10_000)
    drive.tax_class = rate.tax_class
    drive.save()
    till.scan("ZA1")
    buy(till, drive, "OLD-1")
    sale = till.sale
    assert (sale.subtotal, sale.tax_total, sale.total) == (6000, 1000, 7000)
    sale = till.pay()
    assert [tax.base for tax in sale.lines.get(kind="sale").taxes.all()] == [10_000]
    assert not sale.lines.get(kind="trade_in").taxes.exists()
    check_laws()


def test_what_it_is_worth_beyond_the_goods_is_paid_out_in_cash(till, drive):
    till.scan("ZA1")
    buy(till, drive, "OLD-1", price=12_500)
    sale = till.pay()
    assert (sale.total, sale.payments.get().amount) == (-2500, -2500)
    check_laws()


def test_or_becomes_store_credit_of_the_customer(till, drive, ada):
    buy(till, drive, "OLD-1", customer=ada)
    till.pay(tenders=[Tender(factories.store_credit(), -4000)])
    ada.refresh_from_db()
    assert ada.store_credit == 4000
    check_laws()


def test_an_exchange_and_a_trade_in_in_one_ticket(till, drive):
    receipt = till.sell("IW-16", "ZA1")
    add_return_by_serial(till.sale, unit("ZA1"), reason="Faulty", staff=till.staff)
    till.scan("ZA2")
    buy(till, drive, "OLD-1")
    sale = till.sale
    assert [(line.kind, line.total) for line in sale.lines.all()] == [
        ("return", -10_000),
        ("sale", 10_000),
        ("trade_in", -4000),
    ]
    sale = till.pay()
    assert [(number, unit(number).state) for number in ("ZA1", "ZA2", "OLD-1")] == [
        ("ZA1", State.IN_STOCK),
        ("ZA2", State.SOLD),
        ("OLD-1", State.IN_STOCK),
    ]
    assert returnable(receipt)[0].left == 0
    assert [found.line.kind for found in returnable(sale)] == ["sale"]
    check_laws()


def test_a_line_keeps_what_was_paid_as_its_cost(till, drive):
    buy(till, drive, "OLD-1", price=3210)
    assert till.pay().lines.get().cost == 3210


@pytest.mark.parametrize(
    ("tracking", "status", "is_refused"),
    [
        (SerialTracking.NONE, None, False),
        (SerialTracking.OPTIONAL, Status.GRAY, False),
        (SerialTracking.SALES, Status.RED, True),
        (SerialTracking.ALL, Status.RED, True),
    ],
)
def test_each_policy_asks_for_the_serial_as_on_a_sale(till, tracking, status, is_refused):
    product = factories.ProductFactory(price=5000, serial_tracking=tracking)
    line = buy(till, product)
    assert line.serial_status == status
    if not is_refused:
        till.pay()
        assert factories.on_hand(product, till.store) == 1
        check_laws()
        return
    with pytest.raises(SerialsMissing):
        till.pay()
    assert factories.on_hand(product, till.store) == 0
    attach(line, ["OLD-1"], new=["OLD-1"], staff=till.staff)
    till.pay()
    assert unit("OLD-1").state == State.IN_STOCK
    check_laws()


def test_a_number_scanned_at_the_till_goes_on_the_trade_in_that_waits_for_it(till, drive):
    line = buy(till, drive)
    result = scan(till.sale, "OLD-1", staff=till.staff)
    assert (result.ok, result.line) == (True, line)
    assert [serial.number for serial in result.line.serials] == ["OLD-1"]
    till.pay()
    assert unit("OLD-1").state == State.IN_STOCK
    check_laws()


def test_a_unit_that_we_sold_is_scanned_onto_the_trade_in_that_waits_for_it(till, drive):
    till.sell("IW-16", "ZA1")
    line = buy(till, drive)
    result = till.scan("ZA1")
    assert (result.ok, result.line, result.line.serials) == (True, line, [unit("ZA1")])


def test_several_units_come_in_at_once(till, drive):
    line = buy(till, drive, "OLD-1", "OLD-2", price=1000)
    assert (line.quantity, line.total) == (2, -2000)
    till.pay()
    assert Serial.objects.in_stock(till.store).filter(number__startswith="OLD").count() == 2


@pytest.mark.once
def test_the_statements_of_a_trade_in_do_not_grow_with_its_units(till, drive):
    def paying(*numbers):
        buy(till, drive, *numbers, price=1)
        with CaptureQueriesContext(connection) as queries:
            till.pay()
        return len(queries)

    paying("OLD-0")  # the first one also finds out how cash is called
    assert paying("OLD-1") == paying(*(f"OLD-{n}" for n in range(2, 52)))
    assert factories.on_hand(drive, till.store) == 54


def test_the_close_out_report_tells_trade_ins_apart(till, drive):
    till.sell("IW-16", "ZA1")
    buy(till, drive, "ZA1")
    till.pay()
    report = shift_report(till.shift)
    assert (report.gross, report.returns, report.trade_ins, report.trade_ins_count) == (10_000, 0, -4000, 1)
    assert (report.serials_sold, report.serials_returned, report.serials_traded_in) == (1, 0, 1)
    assert report.net == 6000


# --- Letting go -------------------------------------------------------------------------------------------------------


def test_a_removed_trade_in_forgets_a_number_that_never_became_ours(till, drive):
    till.sell("IW-16", "ZA1")
    line = buy(till, drive, "OLD-1", "ZA1")
    remove_line(line, staff=till.staff)
    assert not Serial.objects.filter(number="OLD-1").exists()
    assert (unit("ZA1").state, SerialHold.objects.count()) == (State.SOLD, 0)
    check_laws()


def test_a_voided_trade_in_lets_go_and_forgets_the_number(till, drive):
    receipt = till.sell("IW-16", "ZA1")
    line = buy(till, drive, "OLD-1", "ZA1")
    void_sale(till.sale, reason="Changed her mind", staff=till.staff)
    assert not Serial.objects.filter(number="OLD-1").exists()
    assert (unit("ZA1").state, SerialHold.objects.count()) == (State.SOLD, 0)
    assert [link.serial.number for link in SaleLine.objects.get(pk=line.pk).serial_links.all()] == ["ZA1"]
    [found] = returnable(receipt)
    assert (found.left, found.units[0].is_returnable) == (1, True)
    buy(till, drive, "OLD-1", "ZA1")
    till.pay()
    check_laws()


# --- A product that nobody knew ---------------------------------------------------------------------------------------


def test_a_product_is_created_quickly_with_the_next_number_as_its_sku(till):
    fields = {"name": "Game Boy", "category": "Consoles > Used", "price": None, "serial_tracking": SerialTracking.SALES}
    product = create_traded_product(**fields, barcode="4006381333931", staff=till.staff)
    assert (product.sku, product.price, product.category.path) == ("TI-000001", None, "Consoles > Used")
    assert Barcode.objects.get().product == product
    buy(till, product, "GB-1", price=2500)
    till.pay()
    assert unit("GB-1").state == State.IN_STOCK
    check_laws()


def test_the_same_submit_twice_buys_once(till, drive):
    buy(till, drive, "OLD-1")
    sale, key = till.sale, uuid4()
    tenders = [Tender(factories.cash(), -4000)]
    paid = complete_sale(sale, tenders=tenders, key=key, staff=till.staff)
    assert complete_sale(sale, tenders=tenders, key=key, staff=till.staff) == paid
    assert (factories.on_hand(drive, till.store), unit("OLD-1").sequence) == (3, 1)
    check_laws()
