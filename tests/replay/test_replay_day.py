"""A day replayed from small made-up files: what it does, that it can be told again, and what it refuses."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from inventory.models import Product, StockLevel
from microbiz.laws import check_laws
from register.models import Sale, SaleLine, Shift
from serials.models import Serial, SerialEvent
from settings_app.models import Staff, Store
from tests import factories
from transfers.models import Transfer

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parent.parent / "data" / "replay"
FILES = {name: DATA / f"{name}.csv" for name in ("stores", "invoices", "serials", "catalogue")}


def replay(**options):
    """What the command printed."""
    out = StringIO()
    call_command("replay_day", **FILES | options, stdout=out, stderr=out)
    return out.getvalue()


def figures(printed):
    """The figures by their words, without the seconds."""
    rows = [line.rsplit(None, 1) for line in printed.splitlines() if line[-1:].isdigit() and "/" not in line]
    return {words.strip(): number for words, number in rows if not words.startswith("seconds")}


@pytest.fixture
def nobody():
    Staff.objects.all().delete()


def test_a_day_is_replayed_and_told_and_every_law_holds(nobody):
    printed = replay()
    assert "Every law holds." in printed
    assert "Selling" in printed and "6/6" in printed
    told = figures(printed)
    assert [store.name for store in Store.objects.order_by("pk")] == [
        "Quay Street",
        "Hill Road",
        "Mill Lane",
        "Old Depot",
    ]
    assert Store.objects.get(name="Quay Street").postal_code == "04101"  # its zero was lost
    units = sum(level.on_hand for level in StockLevel.objects.all())
    assert int(told["units on hand"].replace(",", "")) == units
    assert told["receipts"] == str(Sale.objects.completed().count())
    assert Serial.objects.count() == 72
    assert {product.serial_tracking for product in Product.objects.all()} == {"none", "optional", "sales", "all"}
    assert not Product.objects.filter(sku__in=["POST", "M-3", "M-4"]).exists()
    assert {line.returned_line is None for line in SaleLine.objects.filter(kind="return")} == {True, False}
    assert Transfer.objects.filter(status="received").exists()
    kinds = set(SerialEvent.objects.values_list("kind", flat=True))
    assert kinds >= {"receive", "sale", "transfer_out", "transfer_in"}
    assert not Shift.objects.filter(closed_at=None).exists()
    check_laws()


def test_the_same_seed_is_the_same_day(nobody):
    def told_and_forgotten():
        with transaction.atomic():
            told = figures(replay(seed=7, most_serials=24))
            transaction.set_rollback(True)
        return told

    assert told_and_forgotten() == told_and_forgotten()


@pytest.mark.by_hand
def test_a_second_day_brings_other_units_into_the_same_shop_and_a_broken_law_ends_it_with_status_1(nobody):
    assert "Every law holds." in replay(most_serials=24, most_invoices=1)
    assert "Every law holds." in replay(most_serials=24, most_invoices=1, into_this_shop=True)
    assert Serial.objects.count() == 48
    level = StockLevel.objects.first()
    StockLevel.objects.filter(pk=level.pk).update(on_hand=level.on_hand + 100)  # around the ledger
    with pytest.raises(CommandError, match="1 records break a law") as end:
        replay(most_serials=0, most_invoices=1, into_this_shop=True)
    assert end.value.returncode == 1


def test_a_shop_with_data_is_left_alone_unless_told(nobody):
    factories.AdminFactory()
    with pytest.raises(CommandError, match="--into-this-shop"):
        replay()
    assert not Store.objects.exists()


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("invoices", "Nr,What\n1,2\n", "it has no column InvoiceNo"),
        ("stores", "id,name,address,city,state,postal_code\n1,One,,,,\n", "it names 1 stores"),
        ("serials", None, "No such file"),
    ],
)
def test_a_file_that_is_something_else_is_named(nobody, tmp_path, name, text, reason):
    path = tmp_path / "wrong.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(CommandError, match=reason):
        replay(**{name: path})
    assert not Staff.objects.exists()


def test_a_day_without_invoices_is_named(nobody):
    with pytest.raises(CommandError, match="no invoice of 2011-01-01"):
        replay(day="2011-01-01")
