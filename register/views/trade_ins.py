"""Trade-ins: whose it is, what it is, which unit, for how much. One dialog, three small steps."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from inventory.models import Category, Product
from inventory.scans import barcode_key, read_scan
from microbiz.errors import DomainError
from register.forms import TradedProductForm, TradeInForm
from register.models import SaleLine
from register.operations import create_traded_product, current_sale, take_in_trade
from register.returnable import where_sold
from register.views.access import at_till, id_in
from register.views.screen import ask, open_sale, whole
from serials.models import Serial
from serials.pages import Say
from serials.policy import STEPS, Moment
from settings_app.models import SerialTracking, ShopSettings

MOST_FOUND = 8


def begin_trade_in(request: HttpRequest, *, is_new_name: bool = False) -> HttpResponse:
    """The first question that is open: whose it is, then what it is. `is_new_name` shows the name just chosen."""
    sale = open_sale(request)
    if sale is None or sale.customer is None:
        context = {"customers": [], "query": "", "sale": sale, "then": "trade_in"}
        return ask(request, "register/_customers.html", context)
    return ask(request, "register/_trade_find.html", {"sale": sale, "is_new_name": is_new_name})


@at_till("register.trade_in")
@require_http_methods(["GET", "POST"])
def find_product(request):
    """Shift+F8: what does the customer bring? A serial, a barcode, a SKU, or words of the name.

    `carried` is a code that nobody knew: it is the serial number or the barcode of what is found by its name next.
    """
    code = request.POST.get("code", "").strip()
    sale = open_sale(request)
    if not code or sale is None or sale.customer is None:
        return begin_trade_in(request)
    carried = request.POST.get("carried", "")
    if request.POST.get("product"):
        chosen = get_object_or_404(Product.objects.active(), pk=id_in(request, "product"))
        return _ask_terms(request, chosen, carried or code)
    found = _products_of(code)
    if len(found) == 1:
        return _ask_terms(request, found[0], carried or code)
    found = found or list(Product.objects.active().found_by(code)[:MOST_FOUND])
    if not found and (_barcode_in(code) or _is_number(code)):
        carried = code
    context = {"sale": sale, "code": code, "products": found, "carried": carried, "is_unknown": not found}
    return ask(request, "register/_trade_find.html", context)


def _products_of(code: str) -> list[Product]:
    """The products that a scanned code means: by barcode or SKU, else by the units that carry it as their number."""
    read = read_scan(code)
    products = Product.objects.active()
    found = [*products.with_barcode([*read.gtins, barcode_key(read.text)]), *products.with_sku(read.text)]
    if not found and ShopSettings.load().serial_numbers_enabled:
        units = Serial.objects.numbered(read.serial or read.text).filter(product__is_archived=False)
        found = [unit.product for unit in units.select_related("product")]
    return list(dict.fromkeys(found))


def _ask_terms(request: HttpRequest, product: Product, code: str = "") -> HttpResponse:
    """Which unit, for how much, in what state; a unit that cannot come in is refused at once, with where it is."""
    read = read_scan(code)
    tracked = _shows_serial(product)
    unit = None
    if tracked and code:
        unit = Serial.objects.filter(product=product).numbered(read.serial or read.text).first()
    if unit is not None and unit.state not in STEPS[Moment.TRADE_IN].takes:
        context = {"sale": open_sale(request), "code": code, "error": f"{unit.number}: {where_sold(unit)}"}
        return ask(request, "register/_trade_find.html", context, status=422)
    number = unit.number if unit else read.serial or ""
    if not number and _is_number(code) and not _barcode_in(code) and product not in _products_of(code):
        number = read.text
    form = TradeInForm(tracked=tracked, initial={"number": number, "quantity": 1})
    return ask(request, "register/_trade_in.html", {"product": product, "unit": unit, "form": form})


def _shows_serial(product: Product) -> bool:
    return product.is_tracked and ShopSettings.load().serial_numbers_enabled


@at_till("register.trade_in")
@require_http_methods(["POST"])
def take_in(request, pk):
    """Put the trade-in on the sale in hand, for what was agreed."""
    product = get_object_or_404(Product.objects.active(), pk=pk)
    form = TradeInForm(request.POST, tracked=_shows_serial(product))
    context = {"product": product, "form": form}
    if not form.is_valid():
        return ask(request, "register/_trade_in.html", context, status=422)
    number = form.cleaned_data.get("number", "").strip()
    sale = current_sale(request.register, staff=request.user)
    terms = {name: form.cleaned_data[name] for name in ("quantity", "price", "condition")}
    try:
        line = take_in_trade(sale, product, numbers=[number] if number else [], staff=request.user, **terms)
    except DomainError as error:
        return ask(request, "register/_trade_in.html", context | {"error": error}, status=422)
    return whole(request, open_sale(request), Say(_took_in(line)), selected=line.pk, lit=line)


def _took_in(line: SaleLine) -> str:
    text = _("%(product)s comes in.") % {"product": line.name}
    return text + " " + _("Scan its serial number.") if _shows_serial(line.product) and line.missing else text


@at_till("register.trade_in")
@require_http_methods(["GET", "POST"])
def new_product(request):
    """A product that is not in the catalogue yet, created without leaving the sale."""
    values = request.POST if request.method == "POST" else request.GET
    code, carried = values.get("code", "").strip(), values.get("carried", "").strip()
    context = {"code": code, "carried": carried, "barcode": _barcode_in(carried)}
    form = TradedProductForm(request.POST or None, initial=_first_guess(code, carried))
    if form.is_bound and form.is_valid():
        try:
            product = create_traded_product(barcode=_barcode_in(carried), staff=request.user, **form.cleaned_data)
        except DomainError as error:
            context["error"] = error
        else:
            return _ask_terms(request, product, carried)
    context |= {"form": form, "categories": Category.objects.values_list("path", flat=True)}
    return ask(request, "register/_traded_product.html", context, status=422 if form.is_bound else 200)


def _first_guess(code: str, carried: str) -> dict:
    """Words that found nothing are a product's name. Where its unit has a number, so will the next ones."""
    is_name = code and not _barcode_in(code) and not _is_number(code)
    tracking = ShopSettings.load().default_serial_tracking
    if carried and not _barcode_in(carried) and tracking == SerialTracking.NONE:
        tracking = SerialTracking.SALES
    return {"name": code if is_name else "", "serial_tracking": tracking}


def _barcode_in(code: str) -> str:
    """The barcode of a product in what was scanned, or nothing."""
    read = read_scan(code)
    if not read.gtins:
        return ""
    return read.gtins[0] if read.serial else read.text


def _is_number(code: str) -> bool:
    """Whether this looks like a number on a unit rather than like a name."""
    return " " not in code and any(letter.isdigit() for letter in code)
