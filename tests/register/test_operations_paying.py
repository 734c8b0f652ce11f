"""Completing a sale: what moves, what is refused, and that nothing moves then."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import register.operations.completion as completion
from inventory.errors import NotEnoughStock
from inventory.models import StockMovement
from microbiz.laws import check_laws
from orders.errors import NotEnoughCredit
from orders.operations import move_store_credit
from register.errors import (
    CustomerMissing,
    NothingToSell,
    OverrideNotAllowed,
    PriceChanged,
    SaleNotOpen,
    ShiftNotOpen,
    WrongPayment,
)
from register.models import Override, Payment, Sale, SaleTax, Shift
from register.operations import (
    ReturnPick,
    Tender,
    add_product,
    add_return,
    complete_sale,
    count_print,
    hold_sale,
    set_customer,
    set_quantity,
)
from serials.errors import SerialsMissing, SerialUnavailable
from serials.models import Serial, SerialEvent, SerialHold
from serials.operations import attach
from serials.policy import State
from settings_app.models import SerialTracking
from tests import factories
from tests.lawful import as_a_hand_left_them
from tests.register.till import exactly, open_till

pytestmark = pytest.mark.django_db


@pytest.fixture
def nothing_moved(till):
    """After the test: no receipt, no movement, no event and no payment of a sale, and the cart is as it was."""
    yield
    assert not Sale.objects.completed().exists()
    assert not StockMovement.objects.filter(document_type="register.sale").exists()
    assert not SerialEvent.objects.filter(document_type="register.sale").exists()
    assert not Payment.objects.exists()
    assert not SaleTax.objects.exists()
    check_laws()


def test_a_completed_sale_moves_stock_unit_and_money_together(till, drive, cable):
    till.scan("ZA1", "CBL-2")
    before = till.sale
    sale = till.pay()
    assert (sale.pk, sale.status, sale.number) == (before.pk, Sale.Status.COMPLETED, before.number)
    assert sale.completed_at
    assert (factories.on_hand(drive, till.store), factories.on_hand(cable, till.store)) == (3, 9)
    serial = Serial.objects.get(number="ZA1")
    assert (serial.state, serial.store) == (State.SOLD, None)
    event = serial.events.first()
    assert (event.kind, event.document, event.store, event.staff) == ("sale", sale.number, till.store, till.staff)
    assert [payment.amount for payment in sale.payments.all()] == [32_498]
    assert not SerialHold.objects.exists()
    assert till.sale != sale
    check_laws()


def test_another_register_sees_the_unit_as_sold_right_after(till, drive):
    """Bug 3 of the peers: state changes at payment, not when the register is closed."""
    sale = till.sell("ZA1")
    other = open_till(store=till.store)
    assert other.scan("ZA1").document == sale


@pytest.mark.parametrize("tracking", SerialTracking)
def test_each_policy_asks_at_the_register_what_the_table_says(till, tracking):
    """Bug 5 of the peers: a red line cannot be paid, whatever the page says."""
    product = factories.ProductFactory(sku="P", serial_tracking=tracking)
    factories.unit(product, till.store, "N1")
    till.scan("P")
    if tracking in (SerialTracking.SALES, SerialTracking.ALL):
        with pytest.raises(SerialsMissing, match="0 of 1"):
            till.pay()
        assert factories.on_hand(product, till.store) == 1
    else:
        assert till.pay().is_completed
        assert factories.on_hand(product, till.store) == 0
    check_laws()


def test_every_short_line_is_named_at_once(till, drive, nothing_moved):
    camera = factories.TrackedFactory(name="Camera")
    factories.stock(camera, till.store, 1)
    line = till.scan("ZA1").line
    set_quantity(line, 2, staff=till.staff)
    add_product(till.sale, camera, staff=till.staff)
    with pytest.raises(SerialsMissing) as refusal:
        till.pay()
    assert "IronWolf: 1 of 2" in str(refusal.value)
    assert "Camera: 0 of 1" in str(refusal.value)


def test_more_than_the_stock_is_refused_by_name(till, cable, nothing_moved):
    line = till.scan("CBL-2").line
    set_quantity(line, 11, staff=till.staff)
    with pytest.raises(NotEnoughStock, match="HDMI cable: 10 on hand"):
        till.pay()


def test_two_lines_of_one_product_share_its_stock(till, nothing_moved):
    product = factories.ProductFactory(serial_tracking=SerialTracking.OPTIONAL)
    factories.stock(product, till.store, 3)
    add_product(till.sale, product, quantity=2, staff=till.staff)
    add_product(till.sale, product, quantity=2, staff=till.staff)
    with pytest.raises(NotEnoughStock, match="3 on hand"):
        till.pay()


def test_a_store_that_allows_it_sells_below_zero():
    factories.ShopSettingsFactory()
    till = open_till(store=factories.StoreFactory(allows_negative_stock=True))
    product = factories.ProductFactory(sku="P")
    till.sell("P")
    assert factories.on_hand(product, till.store) == -1
    check_laws()


def written_off(number):
    """A unit that is gone, although the cart holds it."""
    return as_a_hand_left_them(Serial.objects.filter(number=number), state=State.WRITTEN_OFF, store=None)


def test_a_unit_that_left_while_it_was_in_the_cart_is_named(till, drive):
    till.scan("ZA1")
    with written_off("ZA1"), pytest.raises(SerialUnavailable, match="ZA1: Written off"):
        till.pay()
    assert factories.on_hand(drive, till.store) == 4
    assert till.sale.lines.count() == 1


def test_a_refused_payment_gives_no_receipt_to_print_and_names_the_unit(till, drive):
    """Bug 8 of the peers."""
    till.scan("ZA1")
    sale = till.sale
    with written_off("ZA1"), pytest.raises(SerialUnavailable, match="ZA1"):
        till.pay(sale)
    with pytest.raises(SaleNotOpen, match="not paid, so it has no receipt"):
        count_print(sale)
    sale.refresh_from_db()
    assert (sale.is_completed, sale.completion_key, sale.print_count) == (False, None, 0)


def test_an_empty_sale_is_not_completed(till, nothing_moved):
    with pytest.raises(NothingToSell):
        till.pay()


def test_a_held_sale_is_recalled_before_it_is_paid(till, cable, nothing_moved):
    till.scan("CBL-2")
    held = hold_sale(till.sale, note="", staff=till.staff)
    with pytest.raises(SaleNotOpen, match="Recall it"):
        till.pay(held)


def test_a_register_that_was_closed_takes_no_payment(till, cable, nothing_moved):
    till.scan("CBL-2")
    Shift.objects.update(closed_at=till.shift.opened_at, closed_by=till.staff)
    with pytest.raises(ShiftNotOpen):
        till.pay(Sale.objects.get())


# --- Once -------------------------------------------------------------------------------------------------------------


def test_the_same_submit_again_answers_with_the_first_receipt(till, drive):
    """Bug 4 of the peers."""
    till.scan("ZA1")
    sale, key = till.sale, uuid4()
    first = till.pay(sale, key=key)
    second = till.pay(sale, key=key, tenders=[])
    assert first == second
    assert Payment.objects.count() == 1
    assert factories.on_hand(drive, till.store) == 3
    check_laws()


def test_another_submit_of_a_paid_sale_is_refused_with_its_receipt(till, drive):
    till.scan("ZA1")
    sale = till.sale
    receipt = till.pay(sale)
    with pytest.raises(SaleNotOpen, match=f"already paid: receipt {receipt.number}") as refusal:
        till.pay(sale)
    assert refusal.value.sale == receipt
    assert Payment.objects.count() == 1
    check_laws()


@pytest.mark.parametrize("step", ["total_up", "move_stock", "move_serials", "_take_money"])
def test_an_error_at_any_step_leaves_nothing_behind(till, drive, cable, nothing_moved, monkeypatch, step):
    """Bug 2 of the peers: each step is carried out and then fails."""
    till.scan("ZA1", "CBL-2")
    carried_out = getattr(completion, step)

    def fail_after(*args, **kwargs):
        carried_out(*args, **kwargs)
        raise RuntimeError("power cut")

    monkeypatch.setattr(completion, step, fail_after)
    with pytest.raises(RuntimeError):
        till.pay()
    assert (till.sale.lines.count(), SerialHold.objects.count()) == (2, 1)


# --- Money ------------------------------------------------------------------------------------------------------------


def test_cash_given_is_kept_and_the_change_computed(till, cable):
    till.scan("CBL-2")
    sale = till.pay(tenders=[Tender(factories.cash(), 1499, tendered=2000)])
    payment = sale.payments.get()
    assert (payment.amount, payment.tendered, sale.change) == (1499, 2000, 501)


def test_a_payment_is_split(till, drive):
    till.scan("ZA1")
    sale = till.pay(
        tenders=[
            Tender(factories.card(), 30_000, reference=" 083114 "),
            Tender(factories.cash(), 999, tendered=1000),
        ]
    )
    assert [(p.method.kind, p.amount, p.reference) for p in sale.payments.all()] == [
        ("card", 30_000, "083114"),
        ("cash", 999, ""),
    ]
    assert sale.change == 1
    check_laws()


@pytest.mark.parametrize(
    ("amounts", "says"),
    [
        ([1000], "4.99 is still to pay"),
        ([1499, 100], "1.00 more than the total"),
        ([1600, -101], "does not go towards"),
        ([1499, 0], "does not go towards"),
        ([], "14.99 is still to pay"),
    ],
)
def test_payments_that_are_not_the_total_are_refused(till, cable, nothing_moved, amounts, says):
    till.scan("CBL-2")
    with pytest.raises(WrongPayment, match=says):
        till.pay(tenders=[Tender(factories.card(), amount) for amount in amounts])


def test_less_cash_than_it_should_cover_is_refused(till, cable, nothing_moved):
    till.scan("CBL-2")
    with pytest.raises(WrongPayment, match="does not cover"):
        till.pay(tenders=[Tender(factories.cash(), 1499, tendered=1400)])


def test_a_method_that_is_no_longer_taken_is_refused(till, cable, nothing_moved):
    till.scan("CBL-2")
    with pytest.raises(WrongPayment, match="no longer taken"):
        till.pay(tenders=[Tender(factories.PaymentMethodFactory(is_active=False), 1499)])


def test_a_sale_for_nothing_needs_no_payment(till):
    factories.stock(factories.ProductFactory(sku="FREE", price=0), till.store, 1)
    till.scan("FREE")
    assert till.pay(tenders=[]).total == 0
    check_laws()


def test_store_credit_is_spent_by_the_customer_alone(till, cable):
    customer = factories.CustomerFactory()
    move_store_credit(customer, 2000, document=till.sale, staff=till.staff)
    till.scan("CBL-2")
    tenders = [Tender(factories.store_credit(), 1499)]
    with pytest.raises(CustomerMissing):
        till.pay(tenders=tenders)
    set_customer(till.sale, customer, staff=till.staff)
    assert till.pay(tenders=tenders).is_completed
    customer.refresh_from_db()
    assert customer.store_credit == 501
    check_laws()


def test_more_store_credit_than_there_is_is_refused(till, cable, nothing_moved):
    till.scan("CBL-2")
    set_customer(till.sale, factories.CustomerFactory(), staff=till.staff)
    with pytest.raises(NotEnoughCredit, match=r"\$0.00"):
        till.pay(tenders=[Tender(factories.store_credit(), 1499)])


def test_a_price_that_changed_under_the_cart_is_told_before_it_is_charged(till, nothing_moved):
    """The total is computed from the lines, whatever the page sent."""
    rate = factories.TaxRateFactory(store=till.store, rate=10_000)
    product = factories.ProductFactory(sku="P", tax_class=rate.tax_class)
    factories.stock(product, till.store, 1)
    till.scan("P")
    assert till.sale.total == 1100
    rate.rate = 20_000
    rate.save()
    with pytest.raises(PriceChanged, match=r"now 12.00, not 11.00"):
        till.pay(tenders=[Tender(factories.cash(), 1100)], expected_total=1100)


def test_a_manager_excuses_missing_serials_with_a_reason_that_is_kept(till, drive):
    till.scan("IW-16")
    sale = till.pay(override_reason="Label torn off")
    override = Override.objects.get()
    assert (override.sale, override.kind, override.reason) == (sale, "serials", "Label torn off")
    assert override.detail == "0/1 IronWolf"
    assert factories.on_hand(drive, till.store) == 3
    check_laws()


def test_a_cashier_without_the_permission_excuses_nothing(till, drive, nothing_moved):
    till.scan("IW-16")
    cashier = factories.StaffFactory(stores=[till.store], permissions=["register.sell"])
    with pytest.raises(OverrideNotAllowed):
        till.pay(staff=cashier, override_reason="In a hurry")
    assert not Override.objects.exists()


def test_a_reason_where_nothing_is_missing_records_no_override(till, drive):
    till.scan("ZA1")
    till.pay(override_reason="Just in case")
    assert not Override.objects.exists()


@pytest.mark.once
def test_the_statements_of_a_payment_do_not_grow_with_the_sale(till):
    """Bug 18 of the peers: 2 lines with 1 serial each, or 20 lines with 4 each.

    SQLite takes at most 999 values in one statement, so that its inserts come in batches beyond that.
    """

    def count(lines, serials):
        rate = factories.TaxRateFactory(store=till.store)
        for at in range(lines):
            product = factories.TrackedFactory(tax_class=rate.tax_class)
            numbers = [f"N{lines}-{at}-{n}" for n in range(serials)]
            factories.units(product, till.store, *numbers)
            line = till.scan(product.sku).line
            attach(line, numbers, quantity=serials, staff=till.staff)
        sale = till.sale
        tenders = exactly(sale)
        with CaptureQueriesContext(connection) as statements:
            complete_sale(sale, tenders=tenders, key=uuid4(), staff=till.staff)
        return len(statements)

    assert count(2, 1) == count(20, 4)
    check_laws()


def test_paying_for_one_unit_takes_12_statements_and_its_begin_and_end(till, drive, django_assert_num_queries):
    """docs/decisions.md says what each is for."""
    till.scan("ZA1")
    tenders = exactly(till.sale)
    sale = till.sale
    with django_assert_num_queries(14):
        complete_sale(sale, tenders=tenders, key=uuid4(), staff=till.staff)


def test_a_line_keeps_what_its_unit_cost(till):
    product = factories.stock(factories.ProductFactory(sku="COST", price=1000, cost=600), till.store, 5)
    receipt = till.sell("COST")
    product.cost = 700
    product.save()
    assert till.sell("COST").lines.get().cost == 700
    [back] = add_return(till.sale, receipt, [ReturnPick(receipt.lines.get(), 1)], reason="Faulty", staff=till.staff)
    till.pay()
    back.refresh_from_db()
    assert back.cost == 600
