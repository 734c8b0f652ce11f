"""Serial import: listed units on record at one store, never more than there are units."""

import pytest

from inventory.imports.errors import RowsToSettle
from inventory.imports.operations import queue_import
from inventory.imports.run_operations import apply_rows
from inventory.models import Product, StockLevel, StockMovement
from serials.models import Serial, SerialEvent
from settings_app.models import SerialTracking, ShopSettings
from tests.factories import BarcodeFactory, ProductFactory, StoreFactory, TrackedFactory, on_hand, stock
from tests.imports.conftest import FULL_SIZE, dry_run, text_file, wrong

pytestmark = pytest.mark.usefixtures("shop")

HEAD = "Serial number,SKU"


def trial(content, store, **options):
    return dry_run(content, "units.csv", kind="serials", store=store, options=options)


def take(content, store, takes_all=True, **options):
    job = queue_import(trial(content, store, **options), takes_all=takes_all, in_background=False)
    apply_rows(job)
    return job


def problem(job):
    [found] = job.rows.get(verdict="wrong").problems
    return found["title"]


@pytest.fixture
def drive(harbor):
    """Three drives in stock, none of them known by number."""
    product = TrackedFactory(sku="HDD", model_number="ST3000DM001", manufacturer="Seagate")
    stock(product, harbor, 3)
    return product


def test_units_against_open_stock_leave_the_stock_as_it_is(harbor, drive, boss):
    job = take(text_file(HEAD, "W1F14H94,HDD", "w1f0x3zx,HDD"), harbor)
    assert job.counts == {"new": 2}
    assert set(Serial.objects.in_stock(harbor).values_list("number", flat=True)) == {"W1F14H94", "w1f0x3zx"}
    assert on_hand(drive, harbor) == 3
    event = SerialEvent.objects.first()
    assert (event.kind, event.note) == ("recorded", "Imported from units.csv")


def test_never_more_serials_than_open_stock(harbor, drive):
    content = text_file(HEAD, *(f"W{n},HDD" for n in range(5)))
    job = trial(content, harbor)
    assert wrong(job) == {5: ["No open stock left"], 6: ["No open stock left"]}
    with pytest.raises(RowsToSettle):
        queue_import(job, takes_all=True, in_background=False)
    take(content, harbor, takes_all=False)
    assert Serial.objects.in_stock(harbor).count() == 3


def test_new_stock_moves_the_ledger_with_the_units(harbor, drive):
    job = take(text_file(HEAD, *(f"W{n},HDD" for n in range(5))), harbor, add_stock=True)
    assert on_hand(drive, harbor) == 8
    movement = StockMovement.objects.first()
    assert (movement.quantity, movement.document, movement.document_type) == (5, job.number, "inventory.importjob")
    assert Serial.objects.in_stock(harbor).count() == 5


def test_a_missing_product_is_made_only_when_asked_for(harbor):
    content = text_file(
        "serial_number,manufacturer,model", "JK1105,Hitachi,HDS722020ALA330", "JK1106,Hitachi,HDS722020ALA330"
    )
    assert trial(content, harbor).counts == {"wrong": 2}
    assert wrong(trial(content, harbor, create_products=True)) == {2: ["No open stock"], 3: ["No open stock"]}
    job = take(content, harbor, create_products=True, add_stock=True)
    product = Product.objects.get()
    assert (product.sku, product.name, product.price) == ("HDS722020ALA330", "Hitachi HDS722020ALA330", None)
    assert product.serial_tracking == SerialTracking.OPTIONAL  # the default, No Tracking, would hide its serials
    assert job.rows.get(number=2).notes == ["new product HDS722020ALA330, Hitachi HDS722020ALA330"]
    assert on_hand(product, harbor) == 2


def test_the_product_is_found_by_barcode_and_by_model(harbor, drive):
    BarcodeFactory(product=drive, code="4006381333931")
    job = take(text_file("S/N,EAN,Model,Brand", "A1,04006381333931,,", "A2,,st3000dm001,SEAGATE"), harbor)
    assert job.counts == {"new": 2}
    assert drive.serials.count() == 2


def test_a_model_of_two_products_asks_for_the_sku(harbor, drive):
    TrackedFactory(sku="HDD-B", model_number="ST3000DM001", manufacturer="Seagate")
    assert problem(trial(text_file("Serial,Model", "A1,ST3000DM001"), harbor)) == "More than one product fits"


def test_the_same_list_again_changes_nothing(harbor, drive):
    content = text_file(HEAD, "A1,HDD", "A2,HDD")
    take(content, harbor)
    assert trial(content, harbor).counts == {"same": 2}
    assert trial(content, harbor, add_stock=True).counts == {"same": 2}


def test_a_unit_that_stands_elsewhere_is_not_moved_by_an_import(harbor, drive):
    north = StoreFactory(name="Northgate")
    stock(drive, north, 1)
    take(text_file(HEAD, "A1,HDD"), north)
    job = trial(text_file(HEAD, "a1,HDD"), harbor)
    assert problem(job) == "Serial number is on record"
    assert "In stock at Northgate" in job.rows.get().problems[0]["detail"]


@pytest.mark.parametrize(
    "row, title",
    [
        (",HDD", "Serial number cannot be taken"),
        ("1.23457E+12,HDD", "Damaged by a spreadsheet"),
        (f"{'x' * 65},HDD", "Serial number cannot be taken"),
        ("A1,", "Product is missing"),
        ("A1,NO-SUCH", "Product not found"),
    ],
)
def test_a_row_that_names_no_unit_says_why(harbor, drive, row, title):
    assert problem(trial(text_file(HEAD, row), harbor)) == title


def test_a_number_twice_in_the_file_is_wrong_in_the_later_row(harbor, drive):
    job = trial(text_file(HEAD, "A1,HDD", "a1,HDD"), harbor)
    assert wrong(job) == {3: ["Serial number twice in the file"]}


def test_two_products_may_share_a_number(harbor, drive):
    other = TrackedFactory(sku="SSD")
    stock(other, harbor, 1)
    assert take(text_file(HEAD, "A1,HDD", "A1,SSD"), harbor).counts == {"new": 2}


def test_an_untracked_product_takes_no_serials(harbor):
    stock(ProductFactory(sku="CAP"), harbor, 1)
    assert problem(trial(text_file(HEAD, "A1,CAP"), harbor)) == "Product has No Tracking"


def test_an_archived_product_takes_no_serials(harbor):
    TrackedFactory(sku="OLD", is_archived=True)
    assert problem(trial(text_file(HEAD, "A1,OLD"), harbor, add_stock=True)) == "Product is archived"


def test_leading_zeros_dashes_and_marks_survive(harbor, drive):
    take(text_file(HEAD, "00123,HDD", "WD-WCAWZ0952829,HDD", '"A&B<C>""D""",HDD'), harbor)
    assert set(drive.serials.values_list("number", flat=True)) == {"00123", "WD-WCAWZ0952829", 'A&B<C>"D"'}


def test_a_list_without_serial_numbers_is_refused(harbor):
    job = trial(text_file("SKU,Name", "HDD,Drive"), harbor)
    assert (job.status, job.problem[:43]) == ("columns", "No column for a serial number was found. Th")


def test_a_sale_between_dry_run_and_import_leaves_no_room_for_its_unit(harbor, drive):
    job = queue_import(
        trial(text_file(HEAD, "A1,HDD", "A2,HDD", "A3,HDD"), harbor), takes_all=True, in_background=False
    )
    stock(drive, harbor, -1)
    apply_rows(job)
    assert job.status == "failed"
    assert "No open stock left" in job.problem
    assert not Serial.objects.exists()


def test_switched_off_there_is_no_serial_import(harbor):
    from serials.imports import SerialImport

    ShopSettings.objects.update(serial_numbers_enabled=False)
    assert not SerialImport.is_available()


def many_units(count):
    models = [("Hitachi", f"Hitachi HDS7220{n}") for n in range(17)] + [("Seagate", f"ST3{n}DM001") for n in range(17)]
    rows = (f"{'JK' if n % 2 else 'WD-'}{n * 7919 % 10**8:08X},{','.join(models[n % 34])},{n},0" for n in range(count))
    return text_file("serial_number,manufacturer,model,capacity_bytes,failure", *rows)


def goes_in(content, store, count, takes_all=True):
    job = take(content, store, takes_all=takes_all, add_stock=True, create_products=True)
    assert job.counts == {"new": count}
    assert Serial.objects.in_stock(store).count() == SerialEvent.objects.count() == count
    assert sum(StockLevel.objects.filter(store=store).values_list("on_hand", flat=True)) == count
    assert Product.objects.count() == 34


@pytest.mark.parametrize("takes_all", [True, False])
def test_units_of_several_chunks_go_in(harbor, takes_all):
    goes_in(many_units(1_100), harbor, 1_100, takes_all=takes_all)


@pytest.mark.skipif(not FULL_SIZE.is_dir(), reason="the full sample files are not beside the project")
def test_the_real_drives_go_in(harbor):
    goes_in((FULL_SIZE / "drive_serials.csv").read_bytes(), harbor, 12_000)
