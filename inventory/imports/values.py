"""Reading one cell: a price, a barcode, a text. What cannot be read says why in words for the person at the file."""

import re
from dataclasses import dataclass
from decimal import Decimal
from html import unescape

from babel.numbers import get_currency_precision, get_currency_symbol
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from inventory.scans import gtin_problem

LARGEST_AMOUNT = Decimal(10) ** 10
_DAMAGED = re.compile(r"^[+-]?\d+([.,]\d+)?\s*E\s*\+\s*\d{1,3}$", re.IGNORECASE)


class CellProblem(Exception):
    """A cell cannot be taken: `title` says what is wrong, `detail` what to do."""

    def __init__(self, title: str, detail: str = ""):
        super().__init__(title)
        self.title = title
        self.detail = detail


@dataclass(frozen=True)
class ReadBarcode:
    """A barcode as it is kept, and what had to be said about reading it."""

    code: str
    note: str = ""


def read_text(cell: str, *, longest: int | None = None) -> str:
    """A text on one line. Raises CellProblem when it does not fit."""
    text = " ".join(_without_formula(cell).split())
    if longest and len(text) > longest:
        raise CellProblem(
            _("The text is too long"),
            _("%(count)s characters, %(longest)d fit: shorten it") % {"count": f"{len(text):,}", "longest": longest},
        )
    return text


def read_description(cell: str) -> str:
    """A longer text; the tags of web shops are taken out, line breaks stay."""
    text = cell.strip()
    if re.search(r"</?[a-z][^>]*>", text, re.IGNORECASE):
        text = re.sub(r"<(br|li|p|/p|/li|/ul|/div)\b[^>]*>", "\n", text, flags=re.IGNORECASE)
        text = unescape(strip_tags(text))
    return re.sub(r"\n\s*\n+", "\n", re.sub(r"[ \t]+", " ", text)).strip()[:10_000]


def read_code(cell: str, *, longest: int | None = 64) -> str:
    """A SKU, model or serial: text that must not have gone through a spreadsheet's arithmetic."""
    text = read_text(_without_mark(cell), longest=longest)
    if _DAMAGED.match(text):
        raise CellProblem(
            _("Damaged by a spreadsheet"),
            _("“%(cell)s” was a long number: format the column as text and export it again") % {"cell": text},
        )
    return text


def read_price(cell: str, *, decimal: str, currency: str) -> int | None:
    """An amount in minor units, or None for an empty cell. Nothing is rounded and no sign is guessed."""
    text = _without_mark(cell).strip().replace("\u00a0", " ").replace("\u202f", " ")
    if not text:
        return None
    for own in sorted(
        {currency, get_currency_symbol(currency, locale="en_US"), _short_symbol(currency)}, key=len, reverse=True
    ):
        if own and text.upper().startswith(own.upper()):
            text = text[len(own) :].strip()
            break
        if own and text.upper().endswith(own.upper()):
            text = text[: -len(own)].strip()
            break
    if _DAMAGED.match(text):
        raise CellProblem(
            _("Damaged by a spreadsheet"),
            _("“%(cell)s”: format the column as numbers and export it again") % {"cell": cell.strip()},
        )
    if re.match(r"^[-−(]", text):
        raise CellProblem(_("Price is below zero"), _("“%(cell)s”: type what a customer pays") % {"cell": cell.strip()})
    if re.search(r"[$€£¥₹]|\b[A-Z]{3}\b", text):
        raise CellProblem(
            _("Price is in another currency"),
            _("“%(cell)s”: the shop sells in %(currency)s") % {"cell": cell.strip(), "currency": currency},
        )
    if not re.fullmatch(r"[\d.,' ’]+", text) or not re.search(r"\d", text):
        raise CellProblem(_("Price is not a number"), _no_number_hint(cell))
    if not decimal and re.search(r"[.,]", text):
        raise CellProblem(
            _("Price can be read in two ways"),
            _("“%(cell)s”: choose the decimal sign of the file") % {"cell": cell.strip()},
        )
    return _minor(cell, text, decimal or ".", currency)


def _minor(cell: str, text: str, decimal: str, currency: str) -> int:
    group = "," if decimal == "." else "."
    whole, _sign, part = text.partition(decimal)
    grouped = rf"\d{{1,3}}([{re.escape(group)}' ’]\d{{3}})+|\d+"
    if not re.fullmatch(grouped, whole or "0") or not re.fullmatch(r"\d*", part):
        raise CellProblem(
            _("Price does not fit the decimal sign"),
            _("“%(cell)s”: the file’s prices are written like %(example)s")
            % {"cell": cell.strip(), "example": "1,299.00" if decimal == "." else "1.299,00"},
        )
    places = get_currency_precision(currency)
    if len(part.rstrip("0")) > places:
        raise CellProblem(
            _("Price has too many decimals"),
            _("“%(cell)s”: %(currency)s has %(places)d")
            % {"cell": cell.strip(), "currency": currency, "places": places},
        )
    amount = Decimal(f"{re.sub(r'[^0-9]', '', whole) or '0'}.{part or '0'}")
    if amount >= LARGEST_AMOUNT:
        raise CellProblem(
            _("Price is too large"), _("“%(cell)s”: a barcode in the wrong column?") % {"cell": cell.strip()}
        )
    return int(amount.scaleb(places))


def _no_number_hint(cell: str) -> str:
    text = cell.strip()
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    if re.fullmatch(r"[\doO.,lI ]+", text) and re.search(r"\d", text):
        return (
            _("“%(cell)s”: letter o for zero?") % {"cell": shown}
            if re.search("[oO]", text)
            else _("“%(cell)s”: letter l for one?") % {"cell": shown}
        )
    return _("“%(cell)s”: type an amount such as 12.50, or leave it empty") % {"cell": shown}


def read_barcodes(cell: str) -> list[ReadBarcode]:
    """The barcodes of a cell; several are separated by a bar, semicolon, comma or space."""
    text = _without_mark(cell).strip()
    if not text:
        return []
    closed = re.sub(r"[\s-]", "", text)
    if closed.isascii() and closed.isdigit() and len(closed) in (8, 12, 13, 14) and not gtin_problem(closed):
        return [ReadBarcode(closed)]
    parts = [part for part in re.split(r"[|;,\s]+", text) if part]
    if len(parts) > 1 and _DAMAGED.match(text):
        parts = [text]
    return [_read_barcode(part) for part in parts]


def _read_barcode(text: str) -> ReadBarcode:
    text = _without_mark(text)
    if _DAMAGED.match(text) or (gtin_problem(text) and not text.isdigit()):
        raise CellProblem(
            _("UPC/EAN damaged by a spreadsheet"),
            _("“%(cell)s”: its last digits are lost. Format the column as text and export it again") % {"cell": text},
        )
    if re.fullmatch(r"\d+[.,]0+", text):  # 783750002448.0: a number with a decimal that says nothing
        text = re.split(r"[.,]", text)[0]
    if len(text) > 64:
        raise CellProblem(_("UPC/EAN is too long"), _("%(count)d characters, 64 fit") % {"count": len(text)})
    if not text.isascii() or not text.isprintable():
        raise CellProblem(_("UPC/EAN holds a character that no barcode has"), f"“{text}”")
    if not text.isdigit():
        meant = text.translate(str.maketrans("oOlI", "0011"))
        if meant.isdigit() and len(meant) in (8, 12, 13, 14):
            raise CellProblem(
                _("UPC/EAN holds a letter"), _("“%(cell)s”: letter o for zero, or l for one?") % {"cell": text}
            )
        return ReadBarcode(text, _("“%(code)s” is no UPC or EAN: kept as a code of your own") % {"code": text})
    if len(text) in (8, 12, 13, 14):
        if problem := gtin_problem(text):
            raise CellProblem(_("UPC/EAN check digit wrong"), problem)
        return ReadBarcode(text)
    if len(text) in (6, 7, 9, 10, 11):
        whole = text.zfill(8 if len(text) < 8 else 12)
        if not gtin_problem(whole):
            return ReadBarcode(whole, _("read as %(code)s: leading zeros were lost") % {"code": whole})
        raise CellProblem(
            _("UPC/EAN is incomplete"),
            _("“%(cell)s” has %(count)d digits; a UPC has 12, an EAN 13 or 8") % {"cell": text, "count": len(text)},
        )
    return ReadBarcode(text, _("“%(code)s” is no UPC or EAN: kept as a code of your own") % {"code": text})


def _without_formula(cell: str) -> str:
    """A cell without the ="…" that some exports put around text to save it from a spreadsheet."""
    wrapped = re.fullmatch(r'\s*="([^"]*)"\s*', cell)
    return wrapped.group(1) if wrapped else cell


def _without_mark(cell: str) -> str:
    """A code without a spreadsheet's marks for text: ="…", or one apostrophe in front."""
    text = _without_formula(cell).strip()
    return text[1:] if text.startswith("'") and len(text) > 1 and not text.endswith("'") else text


def _short_symbol(currency: str) -> str:
    return {"USD": "$", "CAD": "$", "AUD": "$", "NZD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}.get(
        currency, ""
    )
