"""Naming a unit afterwards in the pop-up, and correcting a wrong one, as pages."""

import pytest
from django.urls import reverse

from serials.models import Fix, Serial
from serials.policy import State
from tests import factories
from tests.differences.pages import text

pytestmark = pytest.mark.django_db


# --- Naming in the pop-up of a completed line -------------------------------------------------------------------------


def popup_of(line, what=""):
    return line.serials_url + what


def test_a_completed_line_that_went_through_short_takes_its_unit_in_the_popup(client, manager, unnamed, drive):
    line = unnamed.lines.get()
    assert "Completed without all its serial numbers" in text(
        client.get(line.serials_url, headers={"HX-Request": "true"})
    )
    row = text(client.post(popup_of(line, "scan/"), {"code": "A1"}))
    assert 'name="number" value="A1"' in row
    assert client.post(line.serials_url, {"number": ["A1"]}).status_code == 204
    assert Serial.objects.get(number="A1").state == State.SOLD
    assert Fix.objects.get().kind == "named"


def test_back_office_names_units_on_a_receipt_without_selling_and_a_cashier_does_not(client, unnamed, harbor):
    line = unnamed.lines.get()
    client.force_login(factories.StaffFactory(stores=[harbor], role="Back Office"))
    assert client.get(line.serials_url).status_code == 200
    client.force_login(factories.StaffFactory(stores=[harbor], role="Junior Cashier"))
    assert "Completed without" not in text(client.get(line.serials_url, headers={"HX-Request": "true"}))
    assert client.post(line.serials_url, {"number": ["A1"]}).status_code == 422
    assert Serial.objects.get(number="A1").state == State.IN_STOCK


def test_a_complete_line_stays_as_it_is_and_offers_its_correction_to_those_who_may(
    client, till, manager, drive, harbor
):
    factories.units(drive, harbor, "A1", "B1")
    line = till.sell("A1").lines.get()
    shown = text(client.get(line.serials_url, headers={"HX-Request": "true"}))
    correct = reverse("serials:correct", args=["register.saleline", line.pk, Serial.objects.get(number="A1").pk])
    assert correct in shown and 'data-action="remove"' not in shown
    assert client.post(line.serials_url, {"number": ["A1", "B1"]}).status_code == 422
    client.force_login(factories.StaffFactory(stores=[harbor], role="Senior Cashier"))
    assert correct not in text(client.get(line.serials_url, headers={"HX-Request": "true"}))


def test_a_receipt_opens_the_popup_of_its_lines_for_those_who_may_put_it_right(client, manager, unnamed, harbor):
    opens = f'hx-get="{unnamed.lines.get().serials_url}"'
    assert opens in text(client.get(unnamed.get_absolute_url()))
    client.force_login(factories.StaffFactory(stores=[harbor], role="Senior Cashier"))
    assert opens not in text(client.get(unnamed.get_absolute_url()))


# --- Correction -------------------------------------------------------------------------------------------------------


@pytest.fixture
def sold(till, drive, harbor):
    factories.units(drive, harbor, "A1", "B1")
    return till.sell("A1").lines.get()


def correction_of(line, number="A1"):
    return reverse("serials:correct", args=["register.saleline", line.pk, Serial.objects.get(number=number).pk])


def test_a_unit_leads_to_its_correction_and_the_correction_back(client, manager, sold):
    unit = Serial.objects.get(number="A1")
    assert correction_of(sold) in text(client.get(unit.get_absolute_url()))
    answer = client.post(correction_of(sold), {"meant": "b1", "reason": "Labels swapped"}, follow=True)
    shown = text(answer)
    assert "Labels swapped" in shown and "In stock at Harbor" in shown
    assert sold.serial_links.get().serial.number == "B1"


def test_a_refused_correction_keeps_what_was_typed_and_says_why(client, manager, sold, till):
    till.scan("B1")
    answer = client.post(correction_of(sold), {"meant": "B1", "reason": "Labels swapped"})
    assert answer.status_code == 422
    for words in ("Nothing was changed", "Held by sale", 'value="B1"', 'value="Labels swapped"'):
        assert words in text(answer)
    assert client.post(correction_of(sold), {"meant": "B1", "reason": " "}).status_code == 422


def test_an_unknown_number_offers_add_new_and_the_near_one(client, manager, till, drive, harbor):
    factories.units(drive, harbor, "ZL2B7K4M", "ZL2B7KQ9")
    factories.stock(drive, harbor, 1)
    line = till.sell("ZL2B7KQ9").lines.get()
    answer = client.post(correction_of(line, "ZL2B7KQ9"), {"meant": "ZL2B7K4N", "reason": "Misread"})
    assert "ZL2B7K4M" in text(answer) and "ZL2B7K4N is new" in text(answer)
    sure = {"meant": "ZL2B7K4N", "reason": "Misread", "is_new": "1"}
    assert client.post(correction_of(line, "ZL2B7KQ9"), sure).status_code == 302
    assert Serial.objects.get(number="ZL2B7K4N").state == State.SOLD


def test_two_receipts_that_were_mixed_up_are_exchanged_from_either(client, manager, sold, till):
    other = till.sell("B1")
    typed = {"meant": "B1", "reason": "Boxes swapped"}
    answer = client.post(correction_of(sold), typed)
    assert answer.status_code == 422 and f"exchange with sale {other.number}" in text(answer)
    assert client.post(correction_of(sold), typed | {"mixed_up": "1"}).status_code == 302
    assert sold.serial_links.get().serial.number == "B1"
    assert other.lines.get().serial_links.get().serial.number == "A1"


def test_who_may_correct_and_where(client, manager, sold, harbor, northgate, till, drive):
    client.force_login(factories.StaffFactory(stores=[harbor], role="Back Office"))
    assert client.get(correction_of(sold)).status_code == 403
    client.force_login(factories.StaffFactory(stores=[northgate], role="Manager"))
    assert client.get(correction_of(sold)).status_code == 404
    assert client.get(Serial.objects.get(number="A1").get_absolute_url()).context["correctable"] is None
    client.force_login(factories.StaffFactory(stores=[harbor], role="Manager"))
    assert client.get(correction_of(sold, "B1")).status_code == 404
    till.scan("B1")
    assert client.get(correction_of(till.sale.lines.get(), "B1")).status_code == 404
