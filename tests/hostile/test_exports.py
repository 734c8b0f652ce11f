"""What people wrote, in every file that leaves the shop: it runs nothing, hides nothing, turns nothing round."""

import csv
import io
from contextlib import suppress

import pypdfium2
import pytest
from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from inventory.imports.models import ImportRow
from microbiz.ledgers import LedgerKept
from microbiz.outgoing import BOM, FORMULA, csv_text, plain_text
from tests.doors.addresses import Address, every_address
from tests.doors.shop import open_shop

HARM = "=1+1|\x01\x1b\u202eznuh\u2066<b>&amp;</b>"
# Every address that answers with a file. tests/hostile/test_every_address.py meets all others and knows them by this.
FILES = {
    "audit_export",
    "imports:result",
    "imports:template",
    "labels:pdf",
    "orders:pdf",
    "receiving:purchase_order_pdf",
    "register:pdf",
    "register:report_pdf",
    "reports:export",
    "transfers:packing_list_pdf",
}
PLAIN = {"imports:template", "reports:export"}  # headings and figures alone
KEPT = {
    "currency",
    "time_zone",
    "username",
    "password",
    "session_key",
    "runner",
    "codename",
    "app_label",
    "model",
    "kind",
}


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", " =1", "   @x"]
)
def test_a_cell_never_runs_as_a_formula(text):
    assert csv_text(text) == f"'{text}"


@pytest.mark.parametrize(
    "unseen", ["\0", "\x01", "\x1b", "\x7f", "\x9f", "\u202e", "\u2067", "\ufeff", "\uffff", "\ud800"]
)
def test_what_is_not_seen_is_taken_out_and_hides_no_formula(unseen):
    assert plain_text(f"Anna{unseen} Berg") == "Anna Berg"
    assert csv_text(f"{unseen}=1+1") == "'=1+1"


def test_a_name_written_from_the_right_and_figures_stay_as_they_are():
    assert [csv_text(one) for one in ("\u200fשלום", "a\nb", -5, "5", None)] == ["\u200fשלום", "a\nb", "-5", "5", ""]


# --- Every file of the shop ------------------------------------------------------------------------------------------


@pytest.fixture
def shop():
    """A shop in which everybody wrote harm wherever a text may be changed."""
    shop = open_shop()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
            if is_text and not field.primary_key and field.name not in KEPT:
                with suppress(DatabaseError, LedgerKept), transaction.atomic():  # a ledger, a code, a unique name
                    model.objects.update(**{field.name: HARM[: field.max_length]})
    ImportRow.objects.update(cells=[HARM, HARM])
    return shop


def addresses() -> list[Address]:
    return [one for one in every_address() if one.name in FILES]


def texts_of(answer) -> list[str]:
    """What is read in a file: cells, or the lines of paper."""
    content = answer.getvalue()
    if answer["Content-Type"].startswith("text/csv"):
        text = content.decode()
        assert text.startswith(BOM)
        return [cell for row in csv.reader(io.StringIO(text[1:])) for cell in row]
    if answer["Content-Type"] == "application/pdf":
        pages = pypdfium2.PdfDocument(content)
        return [line for page in pages for line in page.get_textpage().get_text_range().splitlines()]
    sheet = load_workbook(io.BytesIO(content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    return [f"'{cell.value}" if cell.quotePrefix else str(cell.value) for cell in cells]


@pytest.mark.by_hand
@pytest.mark.once
@pytest.mark.django_db
def test_no_file_runs_hides_or_turns_round_what_people_wrote(shop):
    client, place = Client(), shop.home
    client.force_login(place.boss)
    asked = {str(one): (one.at(place), one.form(place)) for one in addresses()}
    assert {one.name for one in addresses()} == FILES
    asked["the workbook"] = (reverse("reports:export", args=["stock", "xlsx"]), {})
    troubles = []
    for name, (address, form) in asked.items():
        answer = client.get(address, form)
        assert answer.status_code == 200, (name, answer.content[:300])
        texts = texts_of(answer)
        troubles += [f"{name}: {text!r}" for text in texts if plain_text(text) != text]
        if answer["Content-Type"] != "application/pdf":
            troubles += [
                f"{name}: {text!r} runs" for text in texts if text.startswith(FORMULA) and not _is_figure(text)
            ]
        troubles += [] if name in PLAIN or "znuh" in "".join(texts) else [f"{name}: holds nothing that anybody wrote"]
    assert not troubles, "\n".join(troubles)


def _is_figure(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
