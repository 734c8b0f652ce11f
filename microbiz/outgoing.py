"""Text that leaves the shop, in files and on paper, is the text that it is: it runs nothing, hides nothing, turns nothing round."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any

BOM = "\ufeff"  # by which spreadsheets know UTF-8
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones are typed in East Asia

# What is not seen but changes what is: control characters, marks that turn the writing round, halves of characters,
# and what no XML can hold. The marks of a name written from the right (U+200E, U+200F) stay.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


def plain_text(text: str) -> str:
    """The text without what is not seen. Tabs and ends of lines stay."""
    return _UNSEEN.sub("", text)


def csv_text(value: Any) -> str:
    """A value as a cell of a CSV; a text that a spreadsheet would run as a formula gets an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = plain_text(value)
        return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
    return value.isoformat(sep=" ", timespec="seconds") if hasattr(value, "hour") else str(value)


def csv_lines(rows: Iterable[Iterable]) -> Iterator[str]:
    """The rows as lines of a CSV, one by one; nothing is held back in memory."""
    line = csv.writer(_Line())
    yield BOM
    for row in rows:
        yield line.writerow([csv_text(value) for value in row])


class _Line:
    """What csv writes into: hands each line on."""

    def write(self, text: str) -> str:
        return text
