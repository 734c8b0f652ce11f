"""What the look-up finds among units and products, from anything scanned or typed."""

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from inventory.models import Product
from inventory.scans import Scan, barcode_key, read_scan
from microbiz.lookups import Found
from serials.models import Serial
from serials.numbers import near_misses, number_key
from serials.policy import State, whereabouts

MOST = 8
SAID = ("pk", "number", "state", "product__name", "store__name")  # what is said of a unit: no more is read


def find_units(code: str, staff) -> list[Found]:
    """The units with this number, in any store; of one product where the code carries its GTIN."""
    if not staff.has_perm("serials.view_serial"):
        return []
    scan = read_scan(code)
    keys = {number_key(text) for text in (scan.text, scan.serial) if text}
    units = Serial.objects.filter(number_key__in=keys - {""}).values_list(*SAID)
    if scan.serial and scan.gtins:
        of_product = units.filter(product__barcodes__key__in=scan.gtins).distinct()
        units = of_product if of_product.exists() else units
    exact = [_unit(*unit) for unit in units[:MOST]]
    if exact or not scan.text:
        return exact
    key = number_key(scan.text)
    near = Serial.objects.filter(number_key__in=near_misses(key)).values_list(*SAID)
    begins = Serial.objects.filter(number_key__startswith=key).values_list(*SAID)
    return [_unit(*unit, is_exact=False) for unit in [*near[:MOST], *begins[:MOST]]]


def _unit(pk: int, number: str, state: str, product: str, store: str | None, *, is_exact: bool = True) -> Found:
    detail = _("%(product)s. %(where)s") % {"product": product, "where": whereabouts(State(state), store)}
    return Found(_("Unit"), number, detail, reverse("serials:unit", args=[pk]), "barcode", is_exact)


def find_products(code: str, staff) -> list[Found]:
    """The products with this barcode or SKU; else those whose name or model holds the words."""
    if not staff.has_perm("inventory.view_product"):
        return []
    scan = read_scan(code)
    exact = list(_products(scan))
    if exact or not scan.text:
        # A GS1 code with a serial means the unit; its product is said only when the unit is not on record.
        return [_product(product, is_exact=scan.serial is None) for product in exact if _has_page(product)]
    words = Product.objects.active().found_by(scan.text)[:MOST]
    return [_product(product, is_exact=False) for product in words if _has_page(product)]


def _products(scan: Scan):
    keys = {barcode_key(scan.text), *scan.gtins} - {""}
    return Product.objects.with_code(scan.text, *keys)[:MOST]


def _has_page(product: Product) -> bool:
    try:
        product.get_absolute_url()
    except NoReverseMatch:
        return False
    return True


def _product(product: Product, *, is_exact: bool) -> Found:
    return Found(_("Product"), product.name, product.sku, product.get_absolute_url(), "package", is_exact)
