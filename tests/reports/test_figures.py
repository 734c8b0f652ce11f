"""Every figure against what conftest.py adds up to by hand."""

import pytest
from django.db.models import Sum

from microbiz.laws import check_laws
from microbiz.reports import sales, takings, units
from microbiz.reports.filters import StaffFilter
from orders.operations import add_product, create_order, hand_over, open_order
from register.models import SaleTax
from register.operations import add_order, add_order_payment, close_shift, set_customer
from register.operations.trade_ins import take_in_trade
from serials.operations import attach
from tests import factories
from tests.reports.conftest import EVERYTHING, ask, at, rows

pytestmark = pytest.mark.django_db


def figures(row):
    return tuple(row[name] for name in ("units", "net", "tax", "total"))


def test_products_with_discount_return_and_both_kinds_of_tax(shops):
    found = rows(sales.by_product, StaffFilter, shops)
    assert {name: figures(row) for name, row in found.items()} == {
        "Guitar": (1, 90_00, 9_00, 99_00),
        "Book": (2, 80_00, 20_00, 100_00),
        "Sticker": (4, 20_00, 0, 20_00),
    }
    assert list(found) == ["Guitar", "Book", "Sticker"]
    assert (found["Guitar"]["discount"], found["Guitar"]["returned"]) == (-10_00, -90_00)


def test_the_sum_is_that_of_all_completed_sales_and_of_no_other(shops):
    table = sales.by_product(ask(StaffFilter, shops), EVERYTHING)
    assert figures(table.totals) == (7, 190_00, 29_00, 219_00)
    check_laws()


def test_margin_is_told_by_the_cost_when_it_was_sold_and_of_what_has_one(shops):
    found = rows(sales.by_product, StaffFilter, shops)
    assert (found["Guitar"]["cost"], found["Guitar"]["margin"]) == (60_00, 30_00)
    assert (found["Book"]["cost"], found["Book"]["margin"]) == (40_00, 40_00)
    assert (found["Sticker"]["cost"], found["Sticker"]["margin"], found["Sticker"]["margin_share"]) == (0, 0, None)
    totals = sales.by_product(ask(StaffFilter, shops), EVERYTHING).totals
    assert (totals["cost"], totals["margin"]) == (100_00, 70_00)
    assert totals["margin_share"] == pytest.approx(70 / 170)


def test_a_day_ends_at_midnight_of_each_stores_own_clock(shops):
    found = rows(sales.over_time, sales.OverTimeFilter, shops, by="day")
    assert {name: figures(row) for name, row in found.items()} == {
        "Tue 10 Nov 2026": (2, 180_00, 18_00, 198_00),  # in UTC already the 11th
        "Wed 11 Nov 2026": (5, 10_00, 11_00, 21_00),  # Dublin's sticker, in Chicago still the 10th, among them
    }
    assert [row["receipts"] for row in found.values()] == [1, 3]
    only_the_10th = rows(sales.by_product, StaffFilter, shops, since="2026-11-10", until="2026-11-10")
    assert list(only_the_10th) == ["Guitar"]


def test_weeks_months_and_hours(shops):
    assert list(rows(sales.over_time, sales.OverTimeFilter, shops, by="week")) == ["Week of 9 Nov 2026"]
    assert list(rows(sales.over_time, sales.OverTimeFilter, shops, by="month")) == ["November 2026"]
    hours = rows(sales.over_time, sales.OverTimeFilter, shops, by="hour")
    assert {name: row["net"] for name, row in hours.items()} == {
        "00:00": 5_00,
        "10:00": 55_00,
        "15:00": -50_00,
        "23:00": 180_00,
    }


def test_the_chart_shows_the_days_between(shops):
    found = ask(sales.OverTimeFilter, shops, since="2026-11-08", until="2026-11-12")
    chart = sales.over_time(found, EVERYTHING).chart
    assert [bar.value for bar in chart.bars] == [180_00, 10_00]
    assert [label.words for label in chart.labels] == ["8 Nov", "9 Nov", "10 Nov", "11 Nov", "12 Nov"]


def test_stores_and_staff(shops):
    found = rows(sales.by_store, StaffFilter, shops)
    assert {name: (row["receipts"], row["net"]) for name, row in found.items()} == {
        "Harbor": (3, 185_00),
        "Dublin": (1, 5_00),
    }
    people = rows(sales.by_staff, StaffFilter, shops)
    assert people[str(shops.dublin.staff)]["net"] == 5_00
    mine = rows(sales.by_product, StaffFilter, shops, staff=shops.dublin.staff.pk)
    assert {name: row["units"] for name, row in mine.items()} == {"Sticker": 1}


def test_categories_and_what_stands_below_them(shops):
    found = rows(sales.by_category, StaffFilter, shops)
    assert {name: row["net"] for name, row in found.items()} == {
        "Strings > Guitars": 90_00,
        "No category": 80_00,
        "Strings": 20_00,
    }
    strings = rows(sales.by_product, StaffFilter, shops, category=shops.sticker.category_id)
    assert set(strings) == {"Guitar", "Sticker"}


def test_one_store_is_only_that_store(shops):
    found = rows(sales.by_product, StaffFilter, shops, store=shops.dublin.store.pk)
    assert {name: row["units"] for name, row in found.items()} == {"Sticker": 1}


def test_a_product_is_found_by_its_whole_sku_before_its_words(shops):
    assert list(rows(sales.by_product, StaffFilter, shops, product="0012")) == ["Book"]
    assert list(rows(sales.by_product, StaffFilter, shops, product="ticke")) == ["Sticker"]


def test_returns_say_who_what_and_why(shops):
    [row] = sales.returns(ask(sales.ReturnsFilter, shops), EVERYTHING).rows
    assert (row["receipt"], row["sold_on"]) == (shops.exchange.number, shops.first.number)
    assert (row["name"], row["reason"], row["staff"]) == ("Guitar", "Too loud", str(shops.harbor.staff))
    assert (row["units"], row["net"], row["total"]) == (1, -90_00, -99_00)
    assert row["at"].isoformat() == "2026-11-11T15:00:00"
    for by, name in (("reason", "Too loud"), ("product", "Guitar"), ("staff", str(shops.harbor.staff))):
        found = rows(sales.returns, sales.ReturnsFilter, shops, by=by)
        assert {key: (one["units"], one["net"]) for key, one in found.items()} == {name: (1, -90_00)}


def test_taxes_are_those_of_the_receipts_to_the_cent(shops):
    table = takings.taxes(ask(takings.TaxFilter, shops), EVERYTHING)
    names = ("store", "name", "rate", "how", "sold_base", "sold_tax", "back_base", "back_tax", "base", "tax")
    assert [tuple(row[name] for name in names) for row in table.rows] == [
        ("Harbor", "Sales tax", "10%", "added", 180_00, 18_00, -90_00, -9_00, 90_00, 9_00),
        ("Harbor", "VAT", "25%", "contained", 80_00, 20_00, 0, 0, 80_00, 20_00),
    ]
    assert table.totals["tax"] == SaleTax.objects.aggregate(Sum("amount"))["amount__sum"] == 29_00


def test_payments_come_to_what_the_sales_come_to(shops):
    [row] = takings.payments(ask(takings.MoneyFilter, shops), EVERYTHING).rows
    assert (row["name"], row["n"], row["taken"], row["paid"], row["net"]) == ("Cash", 4, 268_00, -49_00, 219_00)


def test_close_outs_show_what_was_short(shops):
    till = shops.dublin
    with at(11, 17, 0):  # an hour before midnight in Dublin
        close_shift(
            till.shift,
            counts={factories.cash().pk: 104_00},
            reasons={factories.cash().pk: "Miscounted"},
            staff=till.staff,
        )
    table = takings.close_outs(ask(takings.CloseOutFilter, shops), EVERYTHING)
    [row] = [row for row in table.rows if row["method"] == "Cash"]
    assert (row["store"], row["expected"], row["counted"], row["variance"]) == ("Dublin", 105_00, 104_00, -1_00)
    assert (row["reason"], row["at"].isoformat()) == ("Miscounted", "2026-11-11T23:00:00")
    assert table.totals["variance"] == -1_00


def test_an_order_counts_when_it_is_handed_over(shops):
    manager = shops.harbor.staff
    order = create_order(store=shops.harbor.store, customer=shops.customer, staff=manager)
    with at(11, 9, 0):
        line = add_product(order, shops.guitar, staff=manager)
        open_order(order, staff=manager)
        attach(line, ["G3"], staff=manager)
    before = rows(sales.by_product, StaffFilter, shops)
    assert figures(before["Guitar"]) == (1, 90_00, 9_00, 99_00)
    with at(11, 20, 0):
        hand_over(order, staff=manager, unpaid_reason="pays on the first")
    found = rows(sales.by_product, StaffFilter, shops)
    assert figures(found["Guitar"]) == (2, 190_00, 19_00, 209_00)
    assert (found["Guitar"]["cost"], found["Guitar"]["margin"]) == (60_00 + 75_00, 30_00 + 25_00)
    assert rows(sales.by_store, StaffFilter, shops)["Harbor"]["receipts"] == 4
    [added, _contained] = takings.taxes(ask(takings.TaxFilter, shops), EVERYTHING).rows
    assert (added["sold_base"], added["sold_tax"]) == (280_00, 28_00)
    table = units.serials(ask(units.SerialsFilter, shops, q="G3"), EVERYTHING)
    assert table.rows.count() == 1
    [row] = table.rows
    assert (str(row["how"]), row["customer"], row["receipt"]) == ("Handed over", "Anna Berg", f"{order.number}-1")


def test_what_is_bought_from_a_customer_is_no_sale(shops):
    with at(11, 21, 0):
        shops.harbor.pay()  # the book that was still open
        set_customer(shops.harbor.sale, shops.customer, staff=shops.harbor.staff)
        take_in_trade(shops.harbor.sale, shops.guitar, price=30_00, numbers=["OLD1"], staff=shops.harbor.staff)
        shops.harbor.scan("STK")
        shops.harbor.pay()
    found = rows(sales.by_product, StaffFilter, shops)
    assert figures(found["Guitar"]) == (1, 90_00, 9_00, 99_00)
    assert found["Sticker"]["units"] == 5
    [row] = units.serials(ask(units.SerialsFilter, shops, how="trade_in"), EVERYTHING).rows
    assert (row["number"], row["customer"]) == ("OLD1", "Anna Berg")


def test_a_deposit_is_money_and_no_sale_and_an_order_sold_at_the_till_counts_once(shops):
    till, staff = shops.harbor, shops.harbor.staff
    order = create_order(store=till.store, customer=shops.customer, staff=staff)
    line = add_product(order, shops.guitar, staff=staff)
    open_order(order, staff=staff)
    attach(line, ["G3"], staff=staff)
    with at(11, 17, 0):
        till.pay()  # the book that was still open
        before = sales.by_store(ask(StaffFilter, shops), EVERYTHING).totals
        add_order_payment(till.sale, order, 40_00, staff=staff)
        till.pay()
    assert figures(sales.by_store(ask(StaffFilter, shops), EVERYTHING).totals) == figures(before)
    [cash] = takings.payments(ask(takings.MoneyFilter, shops), EVERYTHING).rows
    assert cash["net"] == before["total"] + 40_00
    with at(11, 18, 0):
        add_order(till.sale, order, staff=staff)
        till.pay()
    found = rows(sales.by_product, StaffFilter, shops)
    assert figures(found["Guitar"]) == (2, 190_00, 19_00, 209_00)
    [cash] = takings.payments(ask(takings.MoneyFilter, shops), EVERYTHING).rows
    assert cash["net"] == before["total"] + 110_00
    table = units.serials(ask(units.SerialsFilter, shops, q="G3"), EVERYTHING)
    assert [str(row["how"]) for row in table.rows] == ["Sold"]
    check_laws()
