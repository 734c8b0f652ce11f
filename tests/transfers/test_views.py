"""The pages of transfers: who may open them, what they answer, and what they say."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from serials.operations import attach
from tests import factories
from transfers.comparison import compare
from transfers.models import Discrepancy, Transfer
from transfers.operations import decide, receive_transfer, request_transfer, send_transfer

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
Decision = Discrepancy.Decision


@pytest.fixture
def sign_in(client, road):
    """Sign somebody in at a store: `sign_in("Manager", road.harbor)`."""

    def somebody(role, *stores):
        staff = factories.StaffFactory(role=role, stores=stores)
        client.force_login(staff)
        return staff

    return somebody


@pytest.fixture
def do(client):
    """Press a button of a transfer's page."""

    def press(transfer, name, *args, **values):
        return client.post(reverse(f"transfers:{name}", args=[transfer.pk, *args]), values, headers=HTMX)

    return press


def page(client, transfer, **query):
    return client.get(transfer.get_absolute_url(), query)


# --- Who may ----------------------------------------------------------------------------------------------------------

ACTIONS = [
    "scan",
    "quantity",
    "remove",
    "details",
    "send",
    "cancel",
    "count",
    "mark_all",
    "take_off",
    "receive",
    "take_back",
    "rest_stays",
]


def test_a_transfer_of_other_stores_is_not_there(client, road, sign_in):
    transfer = road.send("ZA1")
    sign_in("Manager", factories.StoreFactory())
    for name in ACTIONS:
        assert client.post(reverse(f"transfers:{name}", args=[transfer.pk])).status_code == 404, name
    for name in ("transfer", "packing_list", "packing_list_pdf"):
        assert client.get(reverse(f"transfers:{name}", args=[transfer.pk])).status_code == 404, name


@pytest.mark.parametrize(
    ("role", "store", "action", "status"),
    [
        ("Junior Cashier", "harbor", "details", 200),
        ("Junior Cashier", "warehouse", "send", 403),
        ("Senior Cashier", "warehouse", "send", 200),
        ("Senior Cashier", "harbor", "send", 403),
        ("Manager", "harbor", "send", 403),
    ],
)
def test_either_store_changes_a_request_and_the_sender_sends(client, road, sign_in, do, role, store, action, status):
    transfer = road.request("ZA1")
    sign_in(role, getattr(road, store))
    assert do(transfer, action, boxes=2, note="Hurry").status_code == status


@pytest.mark.parametrize(
    ("role", "store", "action", "status"),
    [
        ("Junior Cashier", "harbor", "mark_all", 403),
        ("Senior Cashier", "harbor", "mark_all", 200),
        ("Senior Cashier", "warehouse", "mark_all", 403),
        ("Manager", "warehouse", "receive", 403),
        ("Manager", "warehouse", "scan", 403),
        ("Back Office", "harbor", "take_back", 403),
    ],
)
def test_the_receiver_receives(client, road, sign_in, do, role, store, action, status):
    transfer = road.send("ZA1")
    sign_in(role, getattr(road, store))
    assert do(transfer, action, code="ZA1").status_code == status


@pytest.mark.parametrize(
    ("role", "decision", "status"),
    [
        ("Senior Cashier", "still", 403),
        ("Back Office", "still", 200),
        ("Back Office", "lost", 403),
        ("Manager", "lost", 200),
    ],
)
def test_decisions_are_for_the_back_office_and_losses_for_managers(client, road, sign_in, do, role, decision, status):
    transfer = road.send("ZA1")
    sign_in(role, road.harbor)
    answer = do(transfer, "decide", decision, unit=road.unit("ZA1").pk, reason="Box was open")
    assert answer.status_code == status
    assert Discrepancy.objects.exists() == (status == 200)


def test_nobody_changes_serials_of_a_decision_through_the_pop_up(client, road, sign_in):
    transfer = road.send("ZA1", "ZA2")
    decide(transfer, Decision.BACK, serial=road.unit("ZA2"), staff=road.staff)
    sign_in("Manager", road.harbor, road.warehouse)
    waiting, decided = transfer.arrivals.order_by("pk")
    assert client.get(waiting.serials_url, headers=HTMX).status_code == 200
    assert client.get(decided.serials_url, headers=HTMX).status_code == 404


def test_the_pop_up_on_the_waiting_line_takes_what_is_in_transit_here(client, road, sign_in):
    transfer, other = road.send("ZA1", "ZA2"), road.send("ZA3")
    sign_in("Senior Cashier", road.harbor)
    url = transfer.arrivals.get().serials_url
    assert client.post(url, {"number": ["ZA1", "ZA2"]}, headers=HTMX).status_code == 204
    assert compare(transfer).arrived == 2
    assert client.post(url, {"number": ["ZA3"]}, headers=HTMX).status_code == 422
    assert compare(other).arrived == 0


def test_the_receiver_may_choose_units_of_a_request_in_the_pop_up(client, road, sign_in):
    transfer = road.request(all=1)
    sign_in("Junior Cashier", road.harbor)
    url = transfer.lines.get().serials_url
    assert client.post(url, {"number": ["ZA1"]}, headers=HTMX).status_code == 204
    assert transfer.lines.with_serials().get().attached == 1


def test_the_receiver_neither_records_numbers_at_the_sender_nor_takes_units_over_there(client, road, sign_in):
    factories.stock(road.products["all"], road.warehouse, 1)
    other = road.request("ZA1")
    transfer = road.request(all=1)
    sign_in("Manager", road.harbor)
    url = transfer.lines.get().serials_url
    for values in ({"number": ["NEW-1"], "new": ["NEW-1"]}, {"number": ["ZA1"], "taking": ["ZA1"]}):
        answer = client.post(url, values, headers=HTMX)
        assert answer.status_code == 422
        assert "Only people who work at Warehouse" in answer.text
    assert other.lines.with_serials().get().attached == 1
    sign_in("Manager", road.warehouse)
    assert client.post(url, {"number": ["ZA1"], "taking": ["ZA1"]}, headers=HTMX).status_code == 204


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


# --- The list, papers, and other pages --------------------------------------------------------------------------------


def test_the_list_begins_with_what_is_to_be_received_here(client, road, sign_in):
    draft, sent = road.request("ZA1"), road.send("ZA2", none=2)
    foreign = request_transfer(factories.StoreFactory(), factories.StoreFactory(), staff=road.staff)
    sign_in("Senior Cashier", road.harbor)
    answer = client.get(reverse("transfers:transfers"))
    assert [one.number for one in answer.context["page"]] == [sent.number, draft.number]
    assert foreign.number not in answer.text
    assert [(one.units, one.on_the_way) for one in answer.context["page"]] == [(3, 3), (1, 0)]
    for query, wanted in [
        ({"show": "receive"}, [sent]),
        ({"show": "send"}, []),
        ({"show": "transit"}, [sent]),
        ({"show": "cancelled"}, []),
        ({"direction": "in"}, [sent, draft]),
        ({"direction": "out"}, []),
        ({"store": road.warehouse.pk}, [sent, draft]),
        ({"direction": "in", "store": road.warehouse.pk}, [sent, draft]),
        ({"q": "ZA2"}, [sent]),
        ({"q": "drive none"}, [sent]),
        ({"q": "nothing of the kind"}, []),
        ({"show": "nonsense", "store": "x"}, [sent, draft]),
    ]:
        assert list(client.get(reverse("transfers:transfers"), query).context["page"]) == wanted, query
    assert client.get(reverse("transfers:transfers"), {"q": sent.number.lower()}).url == sent.get_absolute_url()


def test_an_empty_list_says_what_to_do(client, road, sign_in):
    sign_in("Junior Cashier", road.harbor)
    assert "Ask another store for units" in client.get(reverse("transfers:transfers")).text


def test_the_list_takes_the_same_queries_for_ten_times_the_rows(client, road, sign_in):
    sign_in("Manager", road.harbor, road.warehouse)
    counts = []
    for more in (2, 18):
        for _at in range(more):
            factories.stock(road.products["none"], road.warehouse, 1)
            road.send(none=1)
        client.get(reverse("transfers:transfers"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("transfers:transfers"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_comparison_takes_the_same_queries_for_ten_times_the_units(client, road, sign_in):
    sign_in("Manager", road.harbor)
    counts = []
    for size in (2, 20):
        numbers = [f"N{size}-{at}" for at in range(size)]
        factories.units(road.products["all"], road.warehouse, *numbers)
        transfer = road.request(all=size)
        attach(transfer.lines.get(), numbers, staff=road.staff)
        send_transfer(transfer, staff=road.staff)
        road.scan(transfer, "ZA4")
        page(client, transfer)
        with CaptureQueriesContext(connection) as queries:
            page(client, transfer)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_packing_list_names_every_serial_and_escapes_it(client, road, sign_in):
    factories.unit(road.products["all"], road.warehouse, "<b>&'1")
    transfer = road.send("ZA1", "<b>&'1", none=3)
    sign_in("Junior Cashier", road.harbor)
    shown = client.get(reverse("transfers:packing_list", args=[transfer.pk])).text
    assert "ZA1" in shown
    assert "&lt;b&gt;&amp;&#x27;1" in shown
    pdf = client.get(reverse("transfers:packing_list_pdf", args=[transfer.pk]))
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")


def test_the_look_up_finds_a_transfer_by_its_number(client, road, sign_in):
    transfer = road.send("ZA1")
    sign_in("Junior Cashier", road.harbor)
    assert client.get("/serials/look-up/", {"q": transfer.number.lower()}).url == transfer.get_absolute_url()
    sign_in("Junior Cashier", factories.StoreFactory())
    assert client.get("/serials/look-up/", {"q": transfer.number}).status_code == 200


def test_a_unit_in_transit_says_on_which_transfer(client, road, sign_in):
    transfer = road.send("ZA1")
    unit = road.unit("ZA1")
    sign_in("Junior Cashier", road.harbor)
    shown = client.get(unit.get_absolute_url()).text
    assert "On ST-000001 from Warehouse to Harbor" in shown
    assert f'href="{transfer.get_absolute_url()}"' in shown
    stranger = sign_in("Junior Cashier", factories.StoreFactory())
    shown = client.get(unit.get_absolute_url()).text
    assert "On ST-000001 from Warehouse to Harbor" in shown, stranger
    assert f'href="{transfer.get_absolute_url()}"' not in shown


def test_the_stock_tab_offers_a_transfer_and_says_what_is_on_the_way(client, road, sign_in):
    transfer = road.send("ZA1", "ZA2")
    product = road.products["all"]
    sign_in("Junior Cashier", road.harbor)
    shown = client.get(reverse("adjustments:stock", args=[product.pk])).text
    assert "2 in transit on ST-000001 from Warehouse to Harbor" in shown
    assert transfer.get_absolute_url() in shown
    assert (
        f"/transfers/new/?product={product.pk}&amp;from_store={road.warehouse.pk}&amp;to_store={road.harbor.pk}"
        in shown
    )


def test_the_pop_up_and_the_register_offer_a_transfer_of_a_unit_elsewhere(client, road, sign_in):
    line = factories.SaleLineFactory(sale__register__store=road.harbor, product=road.products["all"])
    sign_in("Senior Cashier", road.harbor)
    label = line._meta.label_lower
    row = client.post(reverse("serials:line_scan", args=[label, line.pk]), {"code": "ZA1"}, headers=HTMX).text
    assert f"/transfers/new/?unit={road.unit('ZA1').pk}&amp;to_store={road.harbor.pk}" in row
    choices = client.get(reverse("serials:line_choices", args=[label, line.pk]), headers=HTMX).text
    assert "5 at Warehouse" in choices
    assert "Request a transfer" in choices
