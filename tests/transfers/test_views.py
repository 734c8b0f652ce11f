"""Transfers as pages: who may open and change them, the list, papers and what other pages say."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from serials.operations import attach
from tests import factories
from tests.transfers.pages import HTMX, Decision, page
from tests.transfers.pages import do as do
from tests.transfers.pages import sign_in as sign_in
from transfers.comparison import compare
from transfers.models import Discrepancy
from transfers.operations import decide, request_transfer, send_transfer

pytestmark = pytest.mark.django_db
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


@pytest.mark.once
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


@pytest.mark.once
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
