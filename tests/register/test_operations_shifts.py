"""Opening a register, cash in and out, counting, closing, and the close-out report."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from microbiz.laws import check_laws
from register.errors import (
    CountMissing,
    NotEnoughCash,
    ReasonMissing,
    SaleStillOpen,
    ShiftAlreadyOpen,
    ShiftNotOpen,
    WrongAmount,
)
from register.models import CashMovement, Shift, ShiftCount
from register.operations import (
    Tender,
    add_product,
    add_return_by_serial,
    change_price,
    close_shift,
    discount_line,
    expected_takings,
    hold_sale,
    move_cash,
    open_shift,
    shift_report,
    void_sale,
)
from serials.models import Serial
from tests import factories
from tests.register.till import open_till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    factories.ShopSettingsFactory()
    return open_till(opening_balance=20_000)


@pytest.fixture
def drive(till):
    product = factories.TrackedFactory(name="IronWolf", sku="IW-16", price=10_000)
    factories.units(product, till.store, "ZA1", "ZA2", "ZA3")
    return product


def expected(till):
    return {taking.method.kind: (taking.expected, taking.count) for taking in expected_takings(till.shift)}


def test_a_register_is_opened_once(till):
    with pytest.raises(ShiftAlreadyOpen, match=f"open already, since .* by {till.staff}"):
        open_shift(till.register, opening_balance=0, staff=till.staff)
    assert Shift.objects.count() == 1


def test_the_drawer_starts_with_0_or_more():
    with pytest.raises(WrongAmount):
        open_shift(factories.RegisterFactory(), opening_balance=-1, staff=factories.StaffFactory())
    assert not Shift.objects.exists()


def test_cash_goes_in_and_out_with_a_reason(till):
    factories.cash()
    move_cash(till.shift, -8600, reason="Window cleaner", staff=till.staff)
    move_cash(till.shift, 1000, reason="Change from the bank", staff=till.staff)
    assert expected(till) == {"cash": (12_400, 0)}
    with pytest.raises(ReasonMissing):
        move_cash(till.shift, 100, reason="", staff=till.staff)
    with pytest.raises(WrongAmount):
        move_cash(till.shift, 0, reason="Nothing", staff=till.staff)
    with pytest.raises(NotEnoughCash, match=r"124\.01 cannot be taken out: the drawer should hold 124\.00"):
        move_cash(till.shift, -12_401, reason="Bank", staff=till.staff)
    assert CashMovement.objects.count() == 2


def test_a_barcode_scanned_into_the_drawer_balance_opens_nothing(till):
    register = factories.RegisterFactory()
    with pytest.raises(WrongAmount, match="barcode"):
        open_shift(register, opening_balance=9990319_00, staff=till.staff)
    assert register.open_shift is None
    with pytest.raises(WrongAmount, match="barcode"):
        move_cash(till.shift, 4006381333931_00, reason="Change", staff=till.staff)
    assert not CashMovement.objects.exists()


def test_what_should_be_there_is_the_opening_what_came_in_and_what_went_out(till, drive):
    till.sell("ZA1")
    till.scan("ZA2")
    till.pay(
        tenders=[Tender(factories.card(), 4000), Tender(factories.cash(), 6000, tendered=10_000)],
    )
    add_return_by_serial(till.sale, Serial.objects.get(number="ZA1"), reason="Noisy", staff=till.staff)
    till.pay(tenders=[Tender(factories.cash(), -10_000)])
    assert expected(till) == {"cash": (20_000 + 10_000 + 6000 - 10_000, 3), "card": (4000, 1)}


def test_a_register_that_agrees_closes_without_a_word(till, drive):
    till.sell("ZA1")
    shift = close_shift(
        till.shift, counts={factories.cash().pk: 30_000}, reasons={}, denominations={"5000": 6}, staff=till.staff
    )
    assert (shift.is_open, shift.closed_by) == (False, till.staff)
    count = ShiftCount.objects.get()
    assert (count.expected, count.counted, count.variance, count.denominations) == (30_000, 30_000, 0, {"5000": 6})


def test_what_stays_in_the_drawer_is_kept_and_the_rest_is_deposited(till, drive):
    till.sell("ZA1")
    cash = factories.cash()
    for wrong in (-1, 30_001):
        with pytest.raises(WrongAmount, match="cannot stay in the drawer"):
            close_shift(till.shift, counts={cash.pk: 30_000}, leave=wrong, staff=till.staff)
    shift = close_shift(till.shift, counts={cash.pk: 30_000}, leave=15_000, staff=till.staff)
    assert (shift.left_in_drawer, shift_report(shift).deposit) == (15_000, 15_000)


def test_a_difference_asks_for_a_reason_which_is_kept(till, drive):
    till.sell("ZA1")
    cash = factories.cash()
    with pytest.raises(ReasonMissing, match=r"Cash is 5\.00 short: say why"):
        close_shift(till.shift, counts={cash.pk: 29_500}, reasons={cash.pk: " "}, denominations={}, staff=till.staff)
    with pytest.raises(ReasonMissing, match=r"Cash is 5\.00 over"):
        close_shift(till.shift, counts={cash.pk: 30_500}, staff=till.staff)
    till.shift.refresh_from_db()
    assert till.shift.is_open
    assert not ShiftCount.objects.exists()
    close_shift(till.shift, counts={cash.pk: 29_500}, reasons={cash.pk: "Wrong change"}, staff=till.staff)
    assert (ShiftCount.objects.get().variance, ShiftCount.objects.get().reason) == (-500, "Wrong change")


def test_what_was_taken_has_to_be_counted(till, drive):
    till.scan("ZA1")
    till.pay(tenders=[Tender(factories.card(), 10_000)])
    with pytest.raises(CountMissing, match="Card is not counted"):
        close_shift(till.shift, counts={factories.cash().pk: 20_000}, staff=till.staff)
    close_shift(till.shift, counts={factories.cash().pk: 20_000, factories.card().pk: 10_000}, staff=till.staff)


def test_a_sale_with_lines_keeps_the_register_open(till, drive):
    till.scan("ZA1")
    with pytest.raises(SaleStillOpen, match=till.sale.number):
        close_shift(till.shift, counts={factories.cash().pk: 20_000}, staff=till.staff)
    assert till.register.open_shift == till.shift


def test_held_sales_wait_for_another_day(till, drive):
    till.scan("ZA1")
    held = hold_sale(till.sale, note="Tomorrow", staff=till.staff)
    close_shift(till.shift, counts={factories.cash().pk: 20_000}, staff=till.staff)
    assert till.store.sales.on_hold().get() == held
    check_laws()


def test_a_closed_register_is_not_closed_again(till):
    close_shift(till.shift, counts={factories.cash().pk: 20_000}, staff=till.staff)
    with pytest.raises(ShiftNotOpen, match="closed already"):
        close_shift(till.shift, counts={factories.cash().pk: 20_000}, staff=till.staff)
    with pytest.raises(ShiftNotOpen):
        move_cash(till.shift, 100, reason="Late", staff=till.staff)
    assert ShiftCount.objects.count() == 1
    assert open_shift(till.register, opening_balance=0, staff=till.staff).is_open


def busy_day(till, drive):
    rate = factories.TaxRateFactory(store=till.store, name="Sales tax", rate=10_000)
    drive.tax_class = rate.tax_class
    drive.save()
    line = till.scan("ZA1").line
    discount_line(line, amount=1000, reason="Box open", staff=till.staff)
    till.pay(tenders=[Tender(factories.card(), 9900)])
    till.scan("ZA2")
    change_price(till.sale.lines.get(), 20_000, reason="Kit", staff=till.staff)
    till.pay()
    add_return_by_serial(till.sale, Serial.objects.get(number="ZA1"), reason="Noisy", staff=till.staff)
    till.pay()
    till.scan("IW-16")
    till.pay(override_reason="Label torn off")
    till.scan("ZA3")
    void_sale(till.sale, reason="No money", staff=till.staff)
    move_cash(till.shift, -500, reason="Stamps", staff=till.staff)


def test_the_report_tells_the_day(till, drive):
    busy_day(till, drive)
    report = shift_report(till.shift)
    assert (report.sales_count, report.gross, report.discounts) == (4, 40_000, -1000)
    assert (report.returns, report.returns_count) == (-9000, 1)
    [tax] = report.taxes
    assert (tax.name, tax.base, tax.amount, report.tax_total) == ("Sales tax", 30_000, 3000, 3000)
    assert report.net == report.gross + report.discounts + report.returns + 3000
    assert (report.cash.taken, report.cash.refunded) == (33_000, -9900)
    assert report.cash.expected == 20_000 + 33_000 - 9900 - 500
    assert [method.method.kind for method in report.methods] == ["card", "cash"]
    assert [movement.reason for movement in report.cash_movements] == ["Stamps"]
    assert [sale.note for sale in report.voids] == ["No money"]
    assert {override.kind for override in report.overrides} == {"discount", "price", "serials"}
    assert (report.serials_sold, report.serials_returned, report.sold_without_serial) == (2, 1, 1)
    assert report.cash.counted is None
    check_laws()


def test_the_report_of_a_closed_register_keeps_its_counts(till, drive):
    busy_day(till, drive)
    cash, card = factories.cash(), factories.card()
    close_shift(till.shift, counts={cash.pk: 42_000, card.pk: 9900}, reasons={cash.pk: "Miscounted"}, staff=till.staff)
    report = shift_report(till.shift)
    assert (report.cash.expected, report.cash.counted, report.cash.variance) == (42_600, 42_000, -600)
    assert report.cash.reason == "Miscounted"


@pytest.mark.once
def test_the_report_takes_the_same_queries_for_a_busy_day(till, drive):
    till.sell("ZA1")
    with CaptureQueriesContext(connection) as quiet:
        shift_report(till.shift)
    for _ in range(10):
        add_product(till.sale, factories.stock(factories.ProductFactory(), till.store, 1), staff=till.staff)
        till.pay()
    with CaptureQueriesContext(connection) as busy:
        shift_report(till.shift)
    assert len(quiet) == len(busy)
