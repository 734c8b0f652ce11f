"""The pages of one transfer: asked for, sent and unpacked."""

import pytest
from django.urls import reverse

from tests import factories
from tests.transfers.pages import HTMX, Decision, page
from tests.transfers.pages import do as do
from tests.transfers.pages import sign_in as sign_in
from transfers.comparison import compare
from transfers.models import Discrepancy, Transfer
from transfers.operations import decide, receive_transfer

pytestmark = pytest.mark.django_db


# --- Asking -----------------------------------------------------------------------------------------------------------


def test_a_request_begins_with_the_unit_that_was_looked_at(client, road, sign_in):
    sign_in("Junior Cashier", road.harbor)
    unit = road.unit("ZA1")
    assert "Request a transfer" in client.get(unit.get_absolute_url()).text
    address = f"{reverse('transfers:new')}?unit={unit.pk}&to_store={road.harbor.pk}"
    assert "ZA1" in client.get(address).text
    values = {"unit": unit.pk, "from_store": road.warehouse.pk, "to_store": road.harbor.pk, "note": "For Grace"}
    answer = client.post(reverse("transfers:new"), values)
    transfer = Transfer.objects.get()
    assert answer.url == transfer.get_absolute_url()
    assert [str(unit) for unit in transfer.lines.with_serials().get().serials] == ["ZA1"]
    assert "For Grace" in client.get(answer.url).text


@pytest.mark.parametrize(
    ("sender", "receiver", "words"),
    [
        ("warehouse", "warehouse", "another store"),
        ("warehouse", "other", "where you work"),
        ("none", "harbor", "required"),
    ],
)
def test_a_request_needs_two_stores_one_of_them_ones_own(client, road, sign_in, sender, receiver, words):
    sign_in("Junior Cashier", road.harbor)
    stores = {"warehouse": road.warehouse, "harbor": road.harbor, "other": factories.StoreFactory()}
    values = {"from_store": stores[sender].pk if sender in stores else "", "to_store": stores[receiver].pk}
    answer = client.post(reverse("transfers:new"), values)
    assert answer.status_code == 422
    assert words in answer.text
    assert not Transfer.objects.exists()


def test_a_unit_that_is_held_elsewhere_begins_no_request(client, road, sign_in):
    road.request("ZA1")
    sign_in("Junior Cashier", road.harbor)
    values = {"unit": road.unit("ZA1").pk, "from_store": road.warehouse.pk, "to_store": road.harbor.pk}
    answer = client.post(reverse("transfers:new"), values)
    assert answer.status_code == 422
    assert "Held by transfer ST-000001" in answer.text
    assert Transfer.objects.count() == 1


def test_filling_a_request(client, road, sign_in, do):
    road.fill("all", "none")
    transfer = road.request()
    sign_in("Junior Cashier", road.harbor)
    assert "Nothing is asked for yet" in page(client, transfer).text
    assert "ZA1 is on Drive all" in do(transfer, "scan", code="ZA1").text
    assert "ZA1 is on transfer ST-000001 already" in do(transfer, "scan", code="ZA1").text
    line = transfer.lines.get()
    asked = client.get(reverse("transfers:quantity", args=[transfer.pk]), {"line": line.pk}, headers=HTMX)
    assert 'value="1"' in asked.text
    assert "1 to scan" in do(transfer, "quantity", line=line.pk, quantity=2).text
    do(transfer, "scan", code="ZA2")
    which = do(transfer, "quantity", line=line.pk, quantity=1)
    assert which.status_code == 422
    assert "Which one?" in which.text
    assert do(transfer, "quantity", line=line.pk, quantity="many").status_code == 422
    do(transfer, "quantity", line=line.pk, quantity=1, detach=road.unit("ZA1").pk)
    assert [str(unit) for unit in transfer.lines.with_serials().get().serials] == ["ZA2"]
    assert "Drive all removed" in do(transfer, "remove", line=line.pk).text
    assert do(transfer, "remove", line=line.pk).status_code == 404
    assert do(transfer, "details", boxes=0).status_code == 422
    assert "product found" in do(transfer, "scan", code="Drive non").text


def test_sending_and_cancelling(client, road, sign_in, do):
    transfer, other = road.request("ZA1"), road.request()
    sign_in("Senior Cashier", road.warehouse)
    assert do(other, "send").status_code == 422
    assert do(transfer, "send")["HX-Redirect"] == transfer.get_absolute_url()
    assert do(transfer, "send").status_code == 422
    assert "1 unit sent to Harbor." in page(client, transfer).text
    assert do(other, "cancel")["HX-Redirect"] == other.get_absolute_url()
    assert do(other, "cancel").status_code == 422
    assert "Cancelled" in page(client, other).text


# --- Unpacking --------------------------------------------------------------------------------------------------------


def test_the_comparison_is_filtered_and_the_sum_stands_below(client, road, sign_in, do):
    transfer = road.send("ZA1", "ZA2", none=3)
    sign_in("Manager", road.harbor)
    assert "5 out = 0 in + 5 still in transit" in page(client, transfer).text
    assert "ZA1 arrived" in do(transfer, "scan", code="ZA1").text
    assert "Not on this transfer" in do(transfer, "scan", code="ZA4").text
    shown = {
        show: page(client, transfer, show=show).context["page"].object_list
        for show in ("arrived", "missing", "unexpected")
    }
    assert [row.name for row in shown["arrived"]] == ["ZA1"]
    assert [row.name for row in shown["missing"]] == ["ZA2", "3 × Drive none"]
    assert [row.name for row in shown["unexpected"]] == ["ZA4"]
    assert "5 units still need a decision" in page(client, transfer).text
    assert "perhaps swapped at Warehouse" in page(client, transfer).text
    assert do(transfer, "receive").status_code == 422


def test_a_scan_sent_again_counts_once(client, road, sign_in, do):
    draft, transfer = road.request(), road.send(none=3)
    sign_in("Manager", road.harbor)
    for document in (draft, transfer):
        for scan_id in ("a", "a", "b"):
            assert do(document, "scan", code="DRV-none", scan_id=f"{document.pk}{scan_id}").status_code == 200
    assert draft.lines.get().quantity == 2
    assert compare(transfer).arrived == 2


def test_counting_deciding_and_receiving(client, road, sign_in, do):
    transfer = road.send("ZA1", "ZA2", none=3)
    sign_in("Manager", road.harbor)
    none = road.products["none"].pk
    assert do(transfer, "count", **{f"count-{none}": "2"}).status_code == 200
    assert do(transfer, "count", **{f"count-{none}": "two"}).status_code == 422
    assert do(transfer, "count", **{"count-999999": "2"}).status_code == 404
    assert "Receive 2 units" in page(client, transfer).text
    unit = road.unit("ZA2").pk
    asked = client.get(reverse("transfers:decide", args=[transfer.pk, "lost"]), {"unit": unit}, headers=HTMX)
    assert "written off" in asked.text
    refused = do(transfer, "decide", "lost", unit=unit, asked=1)
    assert (refused.status_code, "Say why ZA2 is written off." in refused.text) == (422, True)
    assert do(transfer, "decide", "lost", unit=unit, reason="Box was open").status_code == 200
    assert do(transfer, "decide", "lost", unit=unit, reason="Box was open").status_code == 422
    assert do(transfer, "undo", Discrepancy.objects.get().pk).status_code == 200
    assert do(transfer, "undo", 999).status_code == 404
    assert do(transfer, "decide", "elsewhere", unit=unit).status_code == 404
    assert "All 3 missing: still in transit" in page(client, transfer).text
    assert "3 units: still in transit." in do(transfer, "rest_stays").text
    told = Discrepancy.objects.get(serial=None)
    do(transfer, "undo", told.pk)
    do(transfer, "decide", "back", product=none)
    do(transfer, "scan", code="ZA1")
    do(transfer, "take_off", line=road.unit("ZA1").pk)
    assert do(transfer, "take_off", unit=road.unit("ZA1").pk).status_code == 422
    assert "1 unit marked as arrived" in do(transfer, "mark_all").text
    assert do(transfer, "receive")["HX-Redirect"] == transfer.get_absolute_url()
    after = page(client, transfer).text
    assert "3 units received at Harbor. The rest stays in transit." in after
    assert "5 out = 3 in + 1 back + 1 still in transit" in after
    assert "1 unit back at Warehouse" in after


def test_the_sender_sees_the_comparison_and_takes_back(client, road, sign_in, do):
    transfer = road.send("ZA1", "ZA2")
    sign_in("Back Office", road.warehouse)
    shown = page(client, transfer).text
    assert "Scan each unit as it comes out of the box" not in shown
    assert "Harbor receives it." in shown
    do(transfer, "decide", "back", unit=road.unit("ZA2").pk)
    assert "Take 1 unit back at Warehouse" in page(client, transfer).text
    assert do(transfer, "take_back")["HX-Redirect"] == transfer.get_absolute_url()
    assert do(transfer, "take_back").status_code == 422
    assert road.unit("ZA2").store == road.warehouse


def test_a_received_transfer_shows_what_became_of_every_unit(client, road, sign_in):
    transfer = road.send("ZA1", "ZA2")
    road.scan(transfer, "ZA1")
    decide(transfer, Decision.LOST, serial=road.unit("ZA2"), reason="Box was open", staff=road.staff)
    receive_transfer(transfer, staff=road.staff)
    sign_in("Junior Cashier", road.warehouse)
    shown = page(client, transfer).text
    assert "2 out = 1 in + 1 lost + 0 still in transit" in shown
    assert "ZA2, missing: lost" in shown
    assert "Box was open" in shown
    assert "F10" not in shown
