"""How a file can be written, what one of its records is, and how much of it is read. No I/O."""

import re
from dataclasses import asdict, dataclass, field, replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST_ROWS = 100_000
MOST_COLUMNS = 250
LONGEST_CELL = 32_767  # what a spreadsheet cell can hold
PROBE_ROWS = 400  # rows looked at to detect how a file is written

ENCODINGS: list[tuple[str, str | Promise]] = [
    ("utf-8", "UTF-8"),
    ("utf-16", "UTF-16"),
    ("cp1252", gettext_lazy("Windows-1252 (Western Europe)")),
    ("iso8859-15", gettext_lazy("ISO 8859-15 (Western Europe)")),
    ("cp1250", gettext_lazy("Windows-1250 (Central Europe)")),
    ("cp1251", gettext_lazy("Windows-1251 (Cyrillic)")),
    ("cp1253", gettext_lazy("Windows-1253 (Greek)")),
    ("cp1254", gettext_lazy("Windows-1254 (Turkish)")),
    ("cp850", gettext_lazy("DOS 850 (Western Europe)")),
    ("mac-roman", gettext_lazy("Mac Roman")),
    ("shift-jis", gettext_lazy("Shift JIS (Japanese)")),
    ("gb18030", gettext_lazy("GB 18030 (Chinese)")),
    ("big5", gettext_lazy("Big5 (Chinese)")),
    ("euc-kr", gettext_lazy("EUC-KR (Korean)")),
]
DELIMITERS: list[tuple[str, str | Promise]] = [
    (",", gettext_lazy("Comma ,")),
    (";", gettext_lazy("Semicolon ;")),
    ("\t", gettext_lazy("Tab")),
    ("|", gettext_lazy("Bar |")),
]
DECIMALS: list[tuple[str, str | Promise]] = [
    (".", gettext_lazy("Point 1,299.00")),
    (",", gettext_lazy("Comma 1.299,00")),
]

_DAMAGING_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class FileFormat:
    """How a file is written. Every part was detected or chosen, and `doubts` says which were unsure and why."""

    kind: str = "csv"  # or xlsx
    encoding: str = "utf-8"
    delimiter: str = ","
    has_headings: bool = True
    decimal: str = ""  # "." or ","; empty while unknown
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    doubts: dict[str, str] = field(default_factory=dict)  # part -> why it is unsure, for the person to check
    fixed: tuple[str, ...] = ()  # parts that a person chose

    def as_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict) -> "FileFormat":
        return cls(**{**data, "sheets": tuple(data["sheets"]), "fixed": tuple(data["fixed"])})

    def chosen(self, **parts) -> "FileFormat":
        """The same, with what a person chose; a chosen part is detected no more."""
        return replace(self.surely(**parts), fixed=tuple(dict.fromkeys([*self.fixed, *parts])))

    def surely(self, **parts) -> "FileFormat":
        doubts = {part: why for part, why in self.doubts.items() if part not in parts}
        return replace(self, **parts, doubts=doubts)

    def perhaps(self, why: str, **parts) -> "FileFormat":
        return replace(self, **parts, doubts=self.doubts | dict.fromkeys(parts, why))


@dataclass(frozen=True)
class Line:
    """One record of a file: where it begins, its cells as text, and why it cannot be read, if so."""

    number: int  # the line in a text file, the row in a spreadsheet
    cells: list[str]
    problem: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.problem and not any(cell.strip() for cell in self.cells)


def problem_with(cells: list[str], lines_long: int = 1) -> str:
    """Why these cells cannot be taken as text, or nothing."""
    if lines_long > 500:
        return _("The row is %(count)d lines long. Is a quotation mark missing at the end of a cell?") % {
            "count": lines_long
        }
    for position, cell in enumerate(cells, start=1):
        if len(cell) > LONGEST_CELL:
            return _("Cell %(position)d has %(count)s characters. Is a quotation mark missing?") % {
                "position": position,
                "count": f"{len(cell):,}",
            }
        if found := _DAMAGING_CONTROLS.search(cell):
            return _(
                "Cell %(position)d holds a control character (code %(code)d) that cannot be printed. Take it out."
            ) % {
                "position": position,
                "code": ord(found.group()),
            }
    return ""


def said(fmt: FileFormat) -> list[tuple[str, str]]:
    """What was detected, as pairs of words for a person."""
    if fmt.kind == "xlsx":
        parts = [(_("File"), _("Excel workbook")), (_("Sheet"), fmt.sheet)]
    else:
        parts = [
            (_("Encoding"), str(dict(ENCODINGS).get(fmt.encoding, fmt.encoding))),
            (_("Delimiter"), str(dict(DELIMITERS).get(fmt.delimiter, fmt.delimiter))),
        ]
    if fmt.decimal or "decimal" in fmt.doubts:
        parts.append((_("Decimal sign"), str(dict(DECIMALS).get(fmt.decimal, _("not known")))))
    parts.append((_("First row"), _("Headings") if fmt.has_headings else _("First product or unit")))
    return parts
