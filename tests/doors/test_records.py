"""Every record that a form or an address names is looked for where it belongs, and a closed document stays as it was."""

import pytest
from django.urls import reverse

from orders.operations import add_product, create_order
from tests import factories
from tests.doors.addresses import FORMS, every_address
from tests.doors.shop import Place, open_shop
from tests.doors.test_doors import Visitor, undone, undrawn
from tests.doors.test_requests import written_in
from tests.receiving.dock import Dock
from transfers.operations import add_product as add_to_transfer
from transfers.operations import request_transfer

pytestmark = [pytest.mark.django_db, pytest.mark.once]

REFUSED = {302, 404, 422}  # 302: back to the page, with the reason
LEAST = {"of another store": 30, "of another document": 25}  # fields that are tried


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def manager(shop):
    return Visitor(shop.people["Manager"], shop.home)


def changes_of(visitor, path, data):
    """The status of a POST, and what it wrote into the shop's records."""
    visitor.client.cookies.clear()
    visitor.client.cookies.update(visitor.cookies)
    with undone(), undrawn(), written_in("settings_app_session") as written:
        answer = visitor.client.post(path, data)
    return answer.status_code, written


# --- Records in forms --------------------------------------------------------------------------------------------------


def strangers(shop) -> Place:
    """Other documents of the same store: what their lines are called is no line of the documents at home."""
    home = shop.home
    dock = Dock(home.store, home.vendor, home.boss)
    order = create_order(store=home.store, customer=home.customer, staff=home.boss)
    transfer = request_transfer(home.store, home.far, staff=home.boss)
    purchase = dock.order((home.cable, 1, 600), status="draft")
    other = Place(home.store, home.till, dict(home.records))
    other.records |= {
        "order_line": add_product(order, home.cable, staff=home.boss),
        "shipment_line": dock.line(dock.draft(), home.cable),
        "purchase_line": purchase.lines.get(),
        "transfer_line": add_to_transfer(transfer, home.cable, staff=home.boss),
        "sale_line": home.receipt.lines.first(),
        "adjustment_line": home.posted.lines.first(),
        "tracked_adjustment_line": home.posted.lines.first(),
        "reversal_line": shop.away.reversal_line,
        "count_scan": shop.away.count_scan,
        "fix": shop.away.fix,
    }
    return other


@pytest.mark.parametrize("whose", ["of another store", "of another document"])
def test_a_form_that_names_a_record_from_elsewhere_is_refused_and_nothing_changes(shop, manager, whose):
    other = shop.away if whose == "of another store" else strangers(shop)
    troubles, tried = [], 0
    for address in (one for one in every_address() if one.form_maker):
        path, own, foreign = address.at(shop.home), address.form(shop.home), address.form(other)
        usual, _written = changes_of(manager, path, own)
        for name in [name for name in own if own[name] != foreign[name]]:
            without, _written = changes_of(manager, path, {key: own[key] for key in own if key != name})
            if usual == without:
                continue  # the address asks for no such record, or can do without
            tried += 1
            status, written = changes_of(manager, path, own | {name: foreign[name]})
            if status not in REFUSED or written:
                troubles.append(f"{address}, {name}: {status}, {written[:1]}")
    assert tried >= LEAST[whose]
    assert not troubles, "\n".join(troubles)


def form_of_new(name, place):
    """What begins a document, or enters goods, at a store that the form names."""
    store = place.store.pk
    return {
        "adjustments:new": {"store": store, "reason": "found"},
        "counts:new": {"store": store, "scope": "store"},
        "receiving:new": {"store": store, "vendor": place.vendor.pk},
        "receiving:new_purchase_order": {"store": store, "vendor": place.vendor.pk},
        "transfers:new": {"from_store": store, "to_store": place.far.pk},
        "serials:product_add": {"store": store, "codes": f"NEW-{store}"},
        "settings_app:choose_store": {"store": store},
        "register:choose": {"register": place.till.register.pk},
        "register_settings:new_register": {"store": store, "name": "Till 9", "prefix": f"Z{store}", "is_active": "on"},
        "settings_app:new_person": {"first_name": "A", "username": "abc", "is_active": "on", "stores": [store]},
    }[name]


NEW = [
    "adjustments:new",
    "counts:new",
    "receiving:new",
    "receiving:new_purchase_order",
    "transfers:new",
    "serials:product_add",
    "settings_app:choose_store",
    "register:choose",
    "register_settings:new_register",
    "settings_app:new_person",
]


def test_a_store_that_a_form_names_is_one_of_the_persons_own(shop, manager):
    """Each form is taken for the own store, so that what is refused about the other is the store."""
    troubles = []
    for name in NEW:
        parts = {"pk": shop.home.drive.pk} if name.startswith("serials:") else {}
        path = reverse(name, kwargs=parts)
        status, written = changes_of(manager, path, form_of_new(name, shop.home))
        if status != 302:
            troubles.append(f"{name} at the own store: {status}")
        status, written = changes_of(manager, path, form_of_new(name, shop.away))
        if status not in (404, 422) or written:
            troubles.append(f"{name} at another store: {status}, {written[:1]}")
    assert not troubles, "\n".join(troubles)


# --- Closed documents --------------------------------------------------------------------------------------------------

CLOSED = {
    "adjustment": "posted",
    "order": "given",
    "sale": "receipt",
    "shipment": "received",
}


def test_a_closed_document_stays_as_it_was(shop, manager):
    closed = Place(shop.home.store, shop.home.till, dict(shop.home.records))
    closed.records |= {name: getattr(closed, other) for name, other in CLOSED.items()}
    closed.records |= {
        "adjustment_line": closed.adjustment.lines.first(),
        "tracked_adjustment_line": closed.adjustment.lines.first(),
        "order_line": closed.order.lines.first(),
        "shipment_line": closed.shipment.lines.first(),
        "serial_line": closed.sold_line,
    }
    troubles, tried = [], 0
    for address in every_address():
        if address.word or address.record not in {*CLOSED, "serial_line"} or address.name in AFTERWARDS:
            continue
        status, written = changes_of(manager, address.at(closed), address.form(closed))
        tried += 1
        if written:
            troubles.append(f"{address}: {status}, {written[:1]}")
    assert tried > 40
    assert not troubles, "\n".join(troubles)


# Looks for a payment of the order on the sale in hand, and finds none to take off.
AFTERWARDS = {"register:take_off"}


def test_no_form_of_the_tables_names_a_record_that_is_the_same_everywhere_without_a_reason(shop):
    """A form whose records are those of the whole shop says nothing about stores: these, and no others."""
    same = {name for name, make in FORMS.items() if make(shop.home) == make(shop.away)}
    assert same == {
        "counts:without",
        "labels:pdf",
        "orders:new_order",
        "orders:order_customer",
        "orders:status",
        "register:add",
        "register:customer",
        "serials:fix_apply",
        "serials:tracking_preview",
        "transfers:decide",
    }


def test_another_persons_unit_is_found_only_under_its_product(shop, manager):
    """A unit of another product is none of this line's, whoever asks."""
    factories.units(factories.TrackedFactory(sku="LENS"), shop.home.store, "L1")
    place = shop.home
    path = reverse("serials:correct", args=["register.saleline", place.sold_line.pk, place.units[4].pk])
    assert changes_of(manager, path, {"meant": "L1", "reason": "mixed up"}) == (404, [])
