"""What the look-up finds among units and products, from anything scanned or typed."""

from functools import cache

from django.urls import NoReverseMatch, reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.models import Product
from inventory.scans import barcode_key, read_scan
from microbiz.lookups import Found
from microbiz.prepared import prepared
from serials.models import Serial
from serials.numbers import near_misses, number_key
from serials.policy import State, whereabouts
from serials.scan_operations import products_with_code

MOST = 8
UNIT = gettext_lazy("Unit")
SAID = ("pk", "number", "state", "product__name", "store__name")  # what is said of a unit: no more is read


def find_units(code: str, staff) -> list[Found]:
    """The units with this number, in any store; of one product where the code carries its GTIN."""
    if not staff.has_perm("serials.view_serial"):
        return []
    scan = read_scan(code)
    keys = {number_key(text) for text in (scan.text, scan.serial) if text} - {""}
    of_product = _numbered_of(keys, scan.gtins) if scan.serial and scan.gtins else []
    return [_unit(*unit) for unit in of_product or _numbered(keys)]


def guess_units(code: str, staff) -> list[Found]:
    """The units whose number a slip turns into this one, and those whose number begins like it."""
    text = read_scan(code).text
    if not text or not staff.has_perm("serials.view_serial"):
        return []
    key = number_key(text)
    near = Serial.objects.filter(number_key__in=near_misses(key)).values_list(*SAID)
    begins = Serial.objects.filter(number_key__startswith=key).values_list(*SAID)
    return [_unit(*unit, is_exact=False) for unit in [*near[:MOST], *begins[:MOST]]]


@prepared
def _numbered(keys):
    return Serial.objects.filter(number_key__among=keys).values_list(*SAID)[:MOST]


@prepared
def _numbered_of(keys, gtins):
    units = Serial.objects.filter(number_key__among=keys, product__barcodes__key__among=gtins)
    return units.values_list(*SAID).distinct()[:MOST]


def _unit(pk: int, number: str, state: str, product: str, store: str | None, *, is_exact: bool = True) -> Found:
    return Found(UNIT, number, _detail(product, state, store), f"{_units_path()}{pk}/", "barcode", is_exact)


def _in_words(product: str, state: str, store: str | None) -> str:
    return _("%(product)s. %(where)s") % {"product": product, "where": whereabouts(State(state), store)}


_detail = lazy(_in_words, str)  # made when it is shown


@cache
def _units_path() -> str:
    """The address of a unit, up to its key: reversing the whole of it takes half as long as finding the unit."""
    return reverse("serials:unit", args=[0]).removesuffix("0/")


def find_products(code: str, staff) -> list[Found]:
    """The products with this barcode or SKU."""
    if not staff.has_perm("inventory.view_product"):
        return []
    scan = read_scan(code)
    found = products_with_code(scan.text, {barcode_key(scan.text), *scan.gtins} - {""})[:MOST]
    # A GS1 code with a serial means the unit; its product is said only when the unit is not on record.
    return [_product(product, is_exact=scan.serial is None) for product in found if _has_page(product)]


def guess_products(code: str, staff) -> list[Found]:
    """The products whose name or model holds the words."""
    text = read_scan(code).text
    if not text or not staff.has_perm("inventory.view_product"):
        return []
    words = Product.objects.active().found_by(text)[:MOST]
    return [_product(product, is_exact=False) for product in words if _has_page(product)]


def _has_page(product: Product) -> bool:
    try:
        product.get_absolute_url()
    except NoReverseMatch:
        return False
    return True


def _product(product: Product, *, is_exact: bool) -> Found:
    return Found(_("Product"), product.name, product.sku, product.get_absolute_url(), "package", is_exact)
