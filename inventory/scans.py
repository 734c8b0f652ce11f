"""Reading what a scanner or a person delivers as a code: which product, which unit. No I/O.

A plain EAN is never read as GS1. A code that may mean two products keeps both readings, for the catalogue to decide;
its text stays beside every reading, because a serial may look like anything. Nothing is ever cut off in front: a
leading S is part of many real serial numbers.
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from biip import ParseError
from biip.checksums import gs1_standard_check_digit
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from biip.gs1_element_strings import GS1ElementString
from biip.symbology import SymbologyIdentifier
from biip.upc import Upc
from django.utils.translation import gettext as _

GS = "\x1d"
GTIN_LENGTHS = (8, 12, 13, 14)

_CARRIES_GS1 = {"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"}
_AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_BRACKETED = re.compile(r"\((\d{2,4})\)((?:[^()\\]|\\.)+)")
_ISO_15434 = re.compile(r"^\[\)>\x1e?06\x1d(?P<fields>.*?)\x1e?\x04?$", re.DOTALL)
_SPREADSHEET_NUMBER = re.compile(r"^[+-]?\d+(?:[.,]\d+)?E\+?\d+$", re.IGNORECASE)
_COMPOSITE = re.compile(r"\|?\]e[0-2]")

# Digital Link: keys that may stand in the path, and the words that some links use instead of numbers.
_WORDS = {"gtin": "01", "sscc": "00", "itip": "8006", "cpv": "22", "lot": "10", "ser": "21", "cpid": "8010"}
_KEYS = re.compile(r"00|01|25[35]|40[12]|41[457]|800[346]|801[0378]")
_QUALIFIERS = {
    "01": (("22", "10", "21"), ("235",)),
    "414": (("254",), ("7040",)),
    "415": (("8020",),),
    "8006": (("22", "10", "21"),),
    "8010": (("8011",),),
    "8017": (("8019",),),
    "8018": (("8019",),),
}
_ATTRIBUTE = re.compile(r"^\d+$")
_HOST = re.compile(r"^(?:[A-Za-z0-9.\-:_]+|\[[0-9A-Fa-f:.]+\])$")
_LINK_TEXT = re.compile(r"^[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*$")


@dataclass(frozen=True)
class Scan:
    """What one scanned or typed code says.

    `text` is the code without control characters and is always worth a look-up of its own. `gtin14` is the one
    product number that it carries; `gtins` are all the readings, likeliest first, when only the catalogue knows.
    `problem` says why a code that claims to be GS1 or an EAN cannot be relied upon.
    """

    text: str
    gtin14: str | None = None
    gtins: tuple[str, ...] = ()
    serial: str | None = None
    symbology: str = ""  # AIM identifier, such as ]C1, where the scanner sends it
    problem: str | None = None


class _Unreadable(Exception):
    """Why a code that claims to be GS1 is not; the text is fit for the person at the till."""


def read_scan(raw: str) -> Scan:
    """Read one code as the scanner delivers it. Never raises: what is wrong is told in `problem`."""
    code = _unframed(raw)
    symbology = ""
    if _AIM.match(code):
        symbology, code = code[:3], code[3:]
    text = _printable(code)
    try:
        gtins, serial = _read(code, symbology)
    except _Unreadable as reason:
        return Scan(text, symbology=symbology, problem=str(reason))
    return Scan(text, gtins[0] if len(gtins) == 1 else None, gtins, serial, symbology)


def barcode_key(code: str) -> str:
    """The form under which a product's barcodes are unique: a sound GTIN as 14 digits, all else as capitals.

    A UPC-A, the same as EAN-13 with a 0 in front and as GTIN-14 are one code. Eight digits that are sound only as
    UPC-E are the UPC-A that they stand for.
    """
    text = _printable(_AIM.sub("", _unframed(code), count=1))
    digits = re.sub(r"[\s-]", "", text)
    readings = _gtin_readings(digits) if digits.isascii() and digits.isdigit() else ()
    return readings[0] if readings else unicodedata.normalize("NFKC", text).upper()


def gtin_problem(text: str) -> str | None:
    """Why a barcode cannot be right, or None: a wrong check digit, or digits lost in a spreadsheet.

    Codes that do not claim to be a GTIN (other lengths, letters) are codes of the shop's own and are fine.
    """
    code = text.strip()
    if _SPREADSHEET_NUMBER.match(code):
        return _("%(code)s was damaged by a spreadsheet: its last digits are lost. Scan the product again.") % {
            "code": code
        }
    if not (code.isascii() and code.isdigit()) or len(code) not in GTIN_LENGTHS or _gtin_readings(code):
        return None
    return _("%(code)s has a wrong check digit: it should end in %(digit)d. Check the code on the product.") % {
        "code": code,
        "digit": gs1_standard_check_digit(code[:-1]),
    }


def _unframed(raw: str) -> str:
    """The code without what scanners put around it: CR, LF, Tab, STX, ETX and blanks."""
    return raw.strip(" \t\r\n\x00\x02\x03\u00a0\ufeff\u200b")


def _printable(code: str) -> str:
    if code.isascii() and code.isprintable():
        return code.strip()
    kept = (letter for letter in code if unicodedata.category(letter) not in {"Cc", "Cf"})
    return "".join(kept).strip()


def _read(code: str, symbology: str) -> tuple[tuple[str, ...], str | None]:
    """The product readings and the serial in a code, or _Unreadable."""
    if symbology:
        if not _is_known(symbology):
            raise _Unreadable(_("The scanner sent an unknown kind of code (%(kind)s).") % {"kind": symbology})
        if symbology in _CARRIES_GS1:
            return _from_elements(_split_message(code))
        if symbology[:2] == "]E":
            return _read_ean(code)
    if not _printable(code):
        raise _Unreadable(_("The scanner sent an empty code. Scan it again."))
    if code.startswith(GS):
        return _from_elements(_split_message(code[1:]))
    if re.match(r"\(\d", code):
        return _from_elements(_split_brackets(code))
    if re.match(r"https?://", code, re.IGNORECASE):
        return _from_elements(_split_link(code))
    if envelope := _ISO_15434.match(code):
        return (), _envelope_serial(envelope["fields"])
    if code.isascii() and code.isdigit() and len(code) in GTIN_LENGTHS:
        return _gtin_readings(code), None
    return _read_unmarked(code)


def _is_known(symbology: str) -> bool:
    if symbology.startswith("]J"):  # DotCode, which biip does not list
        return True
    try:
        SymbologyIdentifier.extract(symbology)
    except ParseError:
        return False
    return True


def _read_ean(code: str) -> tuple[tuple[str, ...], str | None]:
    """A code that the scanner itself says is EAN or UPC, with or without a composite part beside it."""
    digits, *composite = _COMPOSITE.split(code, maxsplit=1)
    if not (digits.isascii() and digits.isdigit() and len(digits) in GTIN_LENGTHS):
        raise _Unreadable(
            _("An EAN or UPC has 8, 12 or 13 digits; the scanner sent %(count)d.") % {"count": len(digits)}
        )
    if not _has_check_digit(digits):
        raise _Unreadable(gtin_problem(digits) or _wrong_check_digit(digits))
    serial = _from_elements(_split_message(composite[0]))[1] if composite else None
    return (digits.zfill(14),), serial


def _read_unmarked(code: str) -> tuple[tuple[str, ...], str | None]:
    """A code without any mark of GS1: read as (01) and more only when everything fits, else plain text."""
    claims = GS in code
    if not re.match(r"01\d{14}", code):
        if claims:
            return _from_elements(_split_message(code))
        return (), None
    try:
        return _from_elements(_split_message(code))
    except _Unreadable:
        if claims:
            raise
        return (), None


def _gtin_readings(digits: str) -> tuple[str, ...]:
    """The sound readings of a GTIN's digits as 14 digits: two for eight digits that fit EAN-8 and UPC-E."""
    readings = []
    if len(digits) in GTIN_LENGTHS and _has_check_digit(digits):
        readings.append(digits.zfill(14))
    if len(digits) == 8:
        with suppress(ParseError):  # not a UPC-E: the EAN-8 reading stands alone
            readings.append(Upc.parse(digits).as_gtin_14())
    return tuple(dict.fromkeys(readings))


def _has_check_digit(digits: str) -> bool:
    return gs1_standard_check_digit(digits[:-1]) == int(digits[-1])


def _wrong_check_digit(digits: str) -> str:
    return _("%(code)s has a wrong check digit. Scan it again.") % {"code": digits}


def _split_message(message: str) -> list[GS1ElementString]:
    """The element strings of a raw GS1 message, where GS ends each one of variable length.

    Some keyboard scanners send | for GS; no GS1 value can contain it.
    """
    elements = []
    rest = message.replace("|", GS)
    while rest:
        ai = _identifier(rest)
        if ai.separator_required:
            field, _separator, rest = rest.partition(GS)
        else:
            match = re.match(ai.pattern.removesuffix("$"), rest)
            if match is None:
                raise _Unreadable(_wrong_content(ai.ai, rest.partition(GS)[0][len(ai.ai) :]))
            field, rest = match[0], rest[match.end() :].removeprefix(GS)
        elements.append(_element(ai.ai, field[len(ai.ai) :]))
    return elements


def _split_brackets(code: str) -> list[GS1ElementString]:
    """The element strings of the form that is printed below a code: (01)09521234543213(21)ABC."""
    elements, at = [], 0
    while at < len(code):
        match = _BRACKETED.match(code, at)
        if match is None:
            raise _Unreadable(_("%(code)s looks like GS1 but is not complete. Scan the code itself.") % {"code": code})
        elements.append(_element(match[1], re.sub(r"\\(.)", r"\1", match[2])))
        at = match.end()
    return elements


def _split_link(code: str) -> list[GS1ElementString]:
    """The element strings of a GS1 Digital Link: its last key in the path, that key's qualifiers, and the query."""
    no_product = _("This is a web address without a product number. Scan the barcode beside it.")
    try:
        link = urlsplit(code)
    except ValueError:
        raise _Unreadable(no_product) from None
    if not (link.hostname and _HOST.match(link.netloc) and _LINK_TEXT.match(code)):
        raise _Unreadable(no_product)
    parts = [_WORDS.get(part, part) for part in link.path.split("/")]
    starts = [at for at in range(len(parts) - 1) if _KEYS.fullmatch(parts[at]) and (len(parts) - at) % 2 == 0]
    if not starts:
        raise _Unreadable(no_product)
    path = parts[starts[-1] :]
    pairs = [(path[at], unquote(path[at + 1])) for at in range(0, len(path), 2)]
    key, value = pairs[0]
    if key == "01" and len(value) in GTIN_LENGTHS:
        pairs[0] = key, value.zfill(14)
    qualifiers = [name for name, _value in pairs[1:]]
    if not any(_in_order(qualifiers, allowed) for allowed in _QUALIFIERS.get(key, ((),))):
        raise _Unreadable(no_product)
    for name, value in parse_qsl(link.query, keep_blank_values=True):
        name = _WORDS.get(name, name)
        if _ATTRIBUTE.match(name):
            pairs.append((name, value.zfill(14) if name == "01" and len(value) in GTIN_LENGTHS else value))
    if len({name for name, _value in pairs}) < len(pairs):
        raise _Unreadable(_("This link gives the same number twice. Scan the barcode beside it."))
    return [_element(name, value) for name, value in pairs]


def _in_order(names: list[str], allowed: tuple[str, ...]) -> bool:
    rest = iter(allowed)
    return all(name in rest for name in names)


def _identifier(text: str) -> GS1ApplicationIdentifier:
    try:
        return GS1ApplicationIdentifier.extract(text)
    except ParseError:
        raise _Unreadable(
            _("This is not a sound GS1 code: “%(rest)s” begins no field that is known.")
            % {"rest": _printable(text)[:12]}
        ) from None


def _element(ai: str, value: str) -> GS1ElementString:
    """One sound element string: known, of the right form, its check digit right."""
    known = _identifier(ai + value)
    if known.ai != ai:
        raise _Unreadable(_("This is not a sound GS1 code: (%(ai)s) is no field that is known.") % {"ai": ai})
    try:
        element = GS1ElementString.parse(ai + value)
    except (ParseError, ValueError):
        raise _Unreadable(_wrong_content(ai, value)) from None
    # biip notes a wrong check digit beside the value instead of refusing it.
    if element.gtin_error or element.sscc_error or element.gln_error:
        raise _Unreadable(_("(%(ai)s)%(value)s has a wrong check digit. Scan it again.") % {"ai": ai, "value": value})
    return element


def _wrong_content(ai: str, value: str) -> str:
    return _("This is not a sound GS1 code: (%(ai)s) cannot be “%(value)s”.") % {"ai": ai, "value": _printable(value)}


def _from_elements(elements: list[GS1ElementString]) -> tuple[tuple[str, ...], str | None]:
    """Product and serial of a GS1 message. What contradicts itself is refused."""
    if not elements:
        raise _Unreadable(_("The scanner sent an empty code. Scan it again."))
    values: dict[str, str] = {}
    for element in elements:
        if values.setdefault(element.ai.ai, element.value) != element.value:
            raise _Unreadable(_("This code gives (%(ai)s) twice, with different values.") % {"ai": element.ai.ai})
    for one, other in (("01", "02"), ("01", "255"), ("01", "37"), ("21", "235")):
        if one in values and other in values:
            raise _Unreadable(
                _("This code gives both (%(one)s) and (%(other)s), which exclude each other.")
                % {"one": one, "other": other}
            )
    if "02" in values and not {"00", "37"} <= values.keys():
        raise _Unreadable(_("This code is of a carton's content without its count. Scan the product itself."))
    gtin = values.get("01")
    return (gtin,) if gtin else (), values.get("21")


def _envelope_serial(fields: str) -> str | None:
    """The serial of an ISO/IEC 15434 envelope with data identifiers; only there is a leading S a mark."""
    for field in fields.split(GS):
        if field.startswith("S") and len(field) > 1:
            return field[1:].strip("\x1e\x04")
    return None
