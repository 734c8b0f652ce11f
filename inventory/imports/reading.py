"""Reading CSV and XLSX files as text, without losing a character, and saying what was detected.

Nothing here knows products or serials, and nothing touches the database.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.imports.errors import FileRefused
from inventory.imports.formats import (
    DELIMITERS,
    ENCODINGS,
    MOST_COLUMNS,
    MOST_ROWS,
    PROBE_ROWS,
    FileFormat,
    Line,
    problem_with,
)
from inventory.imports.workbooks import detect_workbook, workbook_lines
from microbiz.uploads import LARGEST_UPLOAD, too_large

# Charsets that a detector names and that are the same letters as one of ours.
_SAME_LETTERS = {"latin_1": "cp1252", "iso8859_1": "cp1252", "ascii": "utf-8", "utf_8_sig": "utf-8"}


def detect(content: bytes, name: str = "") -> FileFormat:
    """Find out how a file is written. Raises FileRefused where it is no list at all."""
    refuse_what_is_no_list(content, name)
    if content[:4] == b"PK\x03\x04":
        return detect_workbook(content)
    encoding, doubts = _detect_encoding(content)
    text = decode(content, encoding)
    delimiter, doubt = _detect_delimiter(text)
    if doubt:
        doubts["delimiter"] = doubt
    return FileFormat(kind="csv", encoding=encoding, delimiter=delimiter, doubts=doubts)


def refuse_what_is_no_list(content: bytes, name: str) -> None:
    """Raise FileRefused for empty, oversized and foreign files, and say what to save instead."""
    if not content.strip():
        raise FileRefused(_("The file is empty. Choose another one."))
    if len(content) > LARGEST_UPLOAD:
        raise FileRefused(too_large(len(content)))
    foreign = {
        b"\xd0\xcf\x11\xe0": _(
            "This is a workbook in the old .xls format. Save it as .xlsx or CSV and choose that file."
        ),
        b"%PDF": _("This is a PDF, not a list. Export the list as CSV or XLSX and choose that file."),
        b"\x89PNG": _("This is a picture, not a list. Choose a CSV or XLSX file."),
        b"\xff\xd8\xff": _("This is a picture, not a list. Choose a CSV or XLSX file."),
        b"\x1f\x8b": _("This file is compressed. Unpack it and choose the CSV or XLSX file inside."),
        b"Rar!": _("This file is compressed. Unpack it and choose the CSV or XLSX file inside."),
        b"7z\xbc\xaf": _("This file is compressed. Unpack it and choose the CSV or XLSX file inside."),
    }
    for magic, words in foreign.items():
        if content.startswith(magic):
            raise FileRefused(words)
    head = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        raise FileRefused(_("This is a web page, not a list. Export the list as CSV or XLSX and choose that file."))
    if head.startswith((b"<?xml", b"{\\rtf")):
        raise FileRefused(_("This is no table that can be read. Save it as CSV or XLSX and choose that file."))
    if head.startswith((b"{", b"[{")) and name.lower().endswith(".json"):
        raise FileRefused(_("This is a JSON file. Export the list as CSV or XLSX and choose that file."))


def lines(content: bytes, fmt: FileFormat) -> Iterator[Line]:
    """Every record with something in it, headings included. Raises FileRefused where reading cannot go on."""
    records = (
        workbook_lines(content, fmt) if fmt.kind == "xlsx" else _csv_lines(decode(content, fmt.encoding), fmt.delimiter)
    )
    count = 0
    for line in records:
        if line.is_blank:
            continue
        count += 1
        if count > MOST_ROWS + 1:
            raise FileRefused(
                _("The file has more than %(limit)s rows. Split it into several files.") % {"limit": f"{MOST_ROWS:,}"}
            )
        if len(line.cells) > MOST_COLUMNS:
            raise FileRefused(
                _("Row %(row)d has %(count)d columns; up to %(limit)d can be read. Is the delimiter right?")
                % {"row": line.number, "count": len(line.cells), "limit": MOST_COLUMNS}
            )
        yield line


def decode(content: bytes, encoding: str) -> str:
    """The file as text. Raises FileRefused, naming the place, where it is not in this encoding."""
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    if encoding == "utf-16" and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    try:
        return content.decode(name)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileRefused(
            _(
                "The file is not in %(encoding)s: line %(line)d has a character that does not exist there. Choose another encoding."
            )
            % {"encoding": dict(ENCODINGS).get(encoding, encoding), "line": line}
        ) from None
    except LookupError:
        raise FileRefused(_("The encoding “%(name)s” is not known here.") % {"name": encoding}) from None


def with_looks(fmt: FileFormat, first: Line, known_headings: int) -> FileFormat:
    """Decide whether the first row holds headings. `known_headings` of its cells are headings that we know."""
    if "has_headings" in fmt.fixed:
        return fmt
    filled = [cell.strip() for cell in first.cells if cell.strip()]
    if known_headings >= 2 or (known_headings and len(filled) <= 2):
        return fmt.surely(has_headings=True)
    if any(_looks_like_data(cell) for cell in filled) or len(set(filled)) < len(filled):
        return fmt.surely(has_headings=False)
    if known_headings:
        return fmt.surely(has_headings=True)
    why = _("None of the names in the first row is known here. Check whether it holds headings.")
    return fmt.perhaps(why, has_headings=True)


def with_decimal(fmt: FileFormat, amounts: Iterable[str]) -> FileFormat:
    """Decide the decimal sign by the amounts in the file; it stays unknown where they do not show it."""
    if "decimal" in fmt.fixed:
        return fmt
    examples: dict[str, list[str]] = {".": [], ",": [], "?": [], "": []}
    for amount in amounts:
        examples[decimal_sign_of(amount)].append(amount.strip())
    points, commas = examples["."], examples[","]
    if not points and not commas:
        if not examples["?"]:
            return fmt.surely(decimal=".")
        why = _("“%(amount)s” can be read in two ways. Choose the decimal sign.") % {"amount": examples["?"][0]}
        return fmt.perhaps(why, decimal="")
    sign, others = (".", commas) if len(points) >= len(commas) else (",", points)
    if not others:
        return fmt.surely(decimal=sign)
    why = ngettext(
        "%(count)d amount is written the other way, such as “%(amount)s”. Check the decimal sign.",
        "%(count)d amounts are written the other way, such as “%(amount)s”. Check the decimal sign.",
        len(others),
    ) % {"count": len(others), "amount": others[0]}
    return fmt.perhaps(why, decimal=sign)


def decimal_sign_of(amount: str) -> str:
    """The decimal sign that an amount shows: "." or ","; "?" where it could be either, "" where there is none."""
    digits = re.sub(r"[^\d.,]", "", amount)
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        last = max(".,", key=digits.rfind)
        return last if digits.count(last) == 1 else ""
    if not points and not commas:
        return ""
    sign = "." if points else ","
    if points + commas > 1:
        return "," if sign == "." else "."  # 1.299.000: the sign that repeats groups thousands
    whole, _sign, part = digits.partition(sign)
    if len(part) == 3 and 1 <= len(whole) <= 3 and whole != "0":
        return "?"
    return sign


# --- text files ---


def _detect_encoding(content: bytes) -> tuple[str, dict[str, str]]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", {}
    probe = content[:4000]
    if probe.count(0) > len(probe) // 4:
        return "utf-16", {}
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass  # another encoding then, which the library finds
    else:
        return "utf-8", {}
    known = [code.replace("-", "_") for code, _label in ENCODINGS if code != "utf-8"]
    best = from_bytes(content, cp_isolation=[*known, "latin_1"]).best()
    encoding = _SAME_LETTERS.get(best.encoding, best.encoding.replace("_", "-")) if best else "cp1252"
    if encoding not in dict(ENCODINGS):
        encoding = next(
            (code for code, _l in ENCODINGS if best and codecs.lookup(code) == codecs.lookup(best.encoding)), "cp1252"
        )
    encoding = _prefer_western(content, encoding)
    text = decode(content, encoding)
    words = [word.strip("\"',;|") for word in re.findall(r"[^\s,;|\"]*[^\x00-\x7f][^\s,;|\"]*", text)[:3]]
    why = _("The file does not say its encoding. Check that these are right: %(words)s.") % {"words": ", ".join(words)}
    return encoding, {"encoding": why}


def _prefer_western(content: bytes, encoding: str) -> str:
    """Single bytes that read as ordinary letters of Western Europe are far more often just that.

    A detector weighs a page of prose; a price list has too few accents to tell Central European pages apart.
    """
    if encoding not in {"cp1250", "cp1254", "iso8859-15", "mac-roman", "cp850"}:
        return encoding
    try:
        accented = [char for char in content.decode("cp1252") if ord(char) > 0x7F]
    except UnicodeDecodeError:
        return encoding
    ordinary = sum(char.isalpha() or char in "–—’‘“”…•™®©°£€½¼¾²³´ ·«»§" for char in accented)
    return "cp1252" if accented and ordinary == len(accented) else encoding


def _detect_delimiter(text: str) -> tuple[str, str]:
    """The delimiter with which the first records agree best on a number of cells."""
    head = text[:200_000]
    scores: list[tuple[float, int, str]] = []
    for delimiter, _label in DELIMITERS:
        widths: list[int] = []
        for line in _csv_lines(head, delimiter):
            if not line.is_blank:
                widths.append(len(line.cells))
            if len(widths) >= PROBE_ROWS:
                break
        if head is not text and len(head) < len(text) and len(widths) > 1:
            widths.pop()  # may be cut off
        if not widths or widths[0] == 1:
            continue
        agree = sum(width == widths[0] for width in widths) / len(widths)
        scores.append((agree, widths[0], delimiter))
    if not scores:
        return ",", ""
    scores.sort(reverse=True)
    best = scores[0]
    if len(scores) > 1 and scores[1][0] == best[0] and scores[1][1] > 1:
        why = _("The columns could be told apart in two ways. Check the delimiter.")
        return best[2], why
    return best[2], ""


def _csv_lines(text: str, delimiter: str) -> Iterator[Line]:
    csv.field_size_limit(max(csv.field_size_limit(), LARGEST_UPLOAD))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Line(before + 1, [], _("The row cannot be read. Is a quotation mark missing?"))
            before = reader.line_num
            continue
        number, before = before + 1, reader.line_num
        yield Line(number, cells, problem_with(cells, lines_long=before - number + 1))


def _looks_like_data(cell: str) -> bool:
    """Whether a cell is rather a value than the name of a column."""
    return bool(re.fullmatch(r"[-+]?[\d.,\s€$£]*\d[\d.,\s€$£]*(E\+\d+)?", cell)) or len(cell) > 60 or "\n" in cell
