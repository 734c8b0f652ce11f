"""The checks at the start-up: each kind of line says what serials need to know of it."""

import pytest

from orders.models import HandOverLine, OrderLine
from receiving.models import ReversalLine
from serials.checks import every_serialized_line_is_wired
from transfers.models import TransferLine


def test_every_kind_of_line_is_wired():
    assert every_serialized_line_is_wired(None) == []


@pytest.mark.parametrize("line", [HandOverLine, OrderLine, ReversalLine, TransferLine])
def test_a_line_that_takes_units_out_of_stock_has_to_say_which(line, monkeypatch):
    """Or the law that what is to leave is there would pass it over."""
    monkeypatch.setattr(line, "leaving", None)
    [error] = every_serialized_line_is_wired(None)
    assert (error.id, error.obj) == ("serials.E005", line)


@pytest.mark.parametrize("said", ["store_path", "edit_permission", "open_documents"])
def test_a_line_that_says_too_little_is_named(said, monkeypatch):
    monkeypatch.delattr(OrderLine, said)
    [error] = every_serialized_line_is_wired(None)
    assert (error.id, error.obj) == ("serials.E002", OrderLine)
    assert said in error.msg
