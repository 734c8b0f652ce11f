"""Taking goods back: the return panel of a receipt, and returns without one."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from inventory.models import Product
from inventory.scans import barcode_key, read_scan
from microbiz.errors import DomainError
from microbiz.incoming import typed
from orders.models import HandOver
from register.forms import RETURN_REASONS, NoReceiptForm
from register.models import Sale, SaleLine
from register.operations import ReturnPick, add_return, current_sale, return_without_receipt
from register.returnable import ReturnableLine, link_out, returnable, where_sold
from register.views.access import at_till, go
from register.views.payment import show_payment
from register.views.screen import Say, ask, open_sale, page, refused, screen, whole
from serials.models import Serial


@dataclass
class Row:
    """A sold line in the return panel, with what is chosen of it."""

    found: ReturnableLine
    picked: set[int]  # serials
    loose: int  # units without a known serial

    @property
    def count(self) -> int:
        return len(self.picked) + self.loose

    @property
    def amount(self) -> int:
        return self.found.refund_of(self.count)

    @property
    def each(self) -> int:
        return self.found.refund_of(1)

    @property
    def is_settled(self) -> bool:
        return self.found.left == 0

    def pick(self) -> ReturnPick:
        chosen = [unit.serial for unit in self.found.units if unit.serial.pk in self.picked]
        return ReturnPick(self.found.line, self.count, chosen)


@dataclass(frozen=True)
class Scanned:
    """What a code scanned in the return panel turned out to be; `other` is the receipt where it belongs."""

    code: str
    text: str
    ok: bool = False
    other: Sale | HandOver | None = None

    @property
    def other_url(self) -> str:
        return return_url(self.other)


def return_url(receipt: Sale | HandOver) -> str:
    """Where the return panel of a receipt, or of an order's hand-over, is."""
    name = "return_hand_over" if isinstance(receipt, HandOver) else "return_receipt"
    return reverse(f"register:{name}", args=[receipt.pk])


def rows_of(receipt: Sale | HandOver, values: QueryDict) -> list[Row]:
    """The sold lines of a receipt with what the form says is chosen; choices that are not there are left out."""
    rows = []
    chosen = set(values.getlist("serial"))
    for found in returnable(receipt):
        picked = {unit.serial.pk for unit in found.units if unit.is_returnable and str(unit.serial.pk) in chosen}
        text = values.get(f"loose-{found.line.pk}", "0")
        loose = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
        rows.append(Row(found, picked, min(loose, found.without_serial)))
    return rows


def take(rows: list[Row], code: str) -> Scanned:
    """Choose the unit or product that was scanned, and say what it was."""
    read = read_scan(code)
    serials = list(Serial.objects.numbered(read.serial or read.text).select_related("product", "store"))
    for row in rows:
        for unit in row.found.units:
            if unit.serial in serials:
                if not unit.is_returnable:
                    return Scanned(unit.serial.number, unit.text)
                again = unit.serial.pk in row.picked
                row.picked.add(unit.serial.pk)
                text = _("Scanned already.") if again else _("Comes back.")
                return Scanned(unit.serial.number, text, ok=True)
    if serials:
        link = link_out(serials[0])
        if link is not None:
            return Scanned(serials[0].number, _("Not from this receipt."), other=link.line.document)
        return Scanned(serials[0].number, where_sold(serials[0]))
    keys = {*read.gtins, barcode_key(read.text)}
    products = set(Product.objects.with_barcode(keys)) | set(Product.objects.with_sku(read.text))
    for row in rows:
        if row.found.line.product in products:
            if row.loose < row.found.without_serial:
                row.loose += 1
                return Scanned(row.found.line.name, _("Comes back."), ok=True)
            if any(unit.is_returnable for unit in row.found.units):
                return Scanned(row.found.line.name, _("Scan the serial number of the unit."))
            return Scanned(row.found.line.name, _("No more of it can come back on this receipt."))
    return Scanned(read.text, _("Nothing on this receipt has this number. Check the number on the unit."))


def panel(
    request: HttpRequest, receipt: Sale | HandOver, rows: list[Row], scanned: Scanned | None = None, **more
) -> dict:
    """What the return panel shows."""
    count = sum(row.count for row in rows)
    return {
        "receipt": receipt,
        "return_url": return_url(receipt),
        "rows": rows,
        "scanned": scanned,
        "count": count,
        "left": sum(row.found.left for row in rows),
        "refund": sum(row.amount for row in rows),
        "reasons": RETURN_REASONS,
        "came_from": request.POST.get("from") or request.GET.get("from", ""),
    } | more


def open_return(request: HttpRequest, receipt: Sale | HandOver, *, number: str = "") -> HttpResponse:
    """Show a receipt in the return panel, the scanned unit chosen, beside the lines of the sale in hand."""
    rows = rows_of(receipt, QueryDict())
    scanned = take(rows, number) if number else None
    if not request.user.has_perm("register.take_return"):
        text = _("%(receipt)s: your role does not take goods back. Somebody who may can switch in by PIN.")
        return refused(request, Say(text % {"receipt": receipt.number}, ok=False))
    say = Say(_("Receipt %(number)s is open at the right.") % {"number": receipt.number})
    if not request.htmx:
        context = screen(request, open_sale(request)) | panel(request, receipt, rows, scanned)
        return page(request, context | {"side": "register/_return.html"}, say)
    context = panel(request, receipt, rows, scanned, say=say, oob=True)
    answer = render(request, "register/_return_opened.html", context)
    return reswap(retarget(answer, "#say"), "outerHTML")


def hand_over_of(request: HttpRequest, pk: int) -> HandOver:
    found = HandOver.objects.filter(store__in=request.user.stores_allowed(), document="")
    return get_object_or_404(found.select_related("order__customer", "store"), pk=pk)


def receipt_of(request: HttpRequest, pk: int) -> Sale:
    sales = Sale.objects.for_staff(request.user).completed().select_related("store", "customer", "register")
    return get_object_or_404(sales, pk=pk)


@at_till("register.take_return")
@require_http_methods(["GET", "POST"])
def return_receipt(request, pk):
    """The return panel of a receipt; confirming puts what was chosen on the sale in hand.

    When nothing but returns is on it, the money follows at once; `then=sell` goes on selling: an exchange.
    """
    return _return(request, receipt_of(request, pk))


@at_till("register.take_return")
@require_http_methods(["GET", "POST"])
def return_hand_over(request, pk):
    """As `return_receipt`, of what an order handed over without a sale."""
    return _return(request, hand_over_of(request, pk))


def _return(request: HttpRequest, receipt: Sale | HandOver) -> HttpResponse:
    if request.method == "GET":
        rows = rows_of(receipt, request.GET)
        scanned = take(rows, request.GET["code"]) if request.GET.get("code") else None
        context = panel(request, receipt, rows, scanned)
        if request.htmx:
            return reswap(retarget(render(request, "register/_return.html", context), "#side"), "outerHTML")
        context = screen(request, open_sale(request)) | context | {"side": "register/_return.html"}
        return page(request, context)
    rows = rows_of(receipt, request.POST)
    sale = current_sale(request.register, staff=request.user)
    picks = [row.pick() for row in rows if row.count]
    try:
        add_return(sale, receipt, picks, reason=typed(request, "reason"), staff=request.user)
    except DomainError as error:
        context = panel(request, receipt, rows, error=error)
        return render(request, "register/_return_rows.html", context, status=422)
    return _taken_back(request, open_sale(request))


def _taken_back(request: HttpRequest, sale: Sale) -> HttpResponse:
    only_returns = not sale.lines.filter(kind=SaleLine.Kind.SALE).exists()
    pays = only_returns and request.POST.get("then") != "sell"
    if request.POST.get("from") == "sales":
        answer = go(request, "register:pay" if pays else "register:till")
        return answer if request.htmx else HttpResponseClientRedirect(answer.url)
    if pays:
        return show_payment(request, sale)
    return whole(request, sale, Say(_("Taken back. Scan what goes out instead.")))


@at_till("register.take_return")
@require_POST
def return_rows(request, pk):
    """The rows of the return panel after a scan or a tick."""
    return _rows(request, receipt_of(request, pk))


@at_till("register.take_return")
@require_POST
def hand_over_rows(request, pk):
    """As `return_rows`, of what an order handed over."""
    return _rows(request, hand_over_of(request, pk))


def _rows(request: HttpRequest, receipt: Sale | HandOver) -> HttpResponse:
    rows = rows_of(receipt, request.POST)
    scanned = take(rows, request.POST["code"]) if request.POST.get("code") else None
    return render(request, "register/_return_rows.html", panel(request, receipt, rows, scanned, oob=True))


@at_till("register.take_return")
@require_http_methods(["GET", "POST"])
def find_receipt(request):
    """F8: which receipt? Its number, or a serial that was sold on it."""
    code = request.POST.get("code", "").strip()
    if not code:
        return ask(request, "register/_return_find.html")
    number = read_scan(code).text
    receipt = Sale.objects.for_staff(request.user).completed().filter(number=number.upper()).first()
    if receipt is not None:
        return open_return(request, receipt)
    given = HandOver.objects.filter(store__in=request.user.stores_allowed(), document="")
    last = given.filter(Q(number=number.upper()) | Q(order__number=number.upper())).last()
    if last is not None:
        return open_return(request, last)
    links = [link_out(serial) for serial in Serial.objects.numbered(read_scan(code).serial or number)]
    link = next((link for link in links if link), None)
    if link is not None and request.user.stores_allowed().filter(pk=link.line.store.pk).exists():
        return open_return(request, link.line.document, number=number)
    text = _("No receipt and no sold unit has the number %(code)s.") % {"code": number}
    return ask(request, "register/_return_find.html", {"error": text, "code": code}, status=422)


@at_till("register.return_without_receipt")
@require_http_methods(["GET", "POST"])
def return_without(request):
    """Goods that nobody has a receipt for, at a price that the person decides."""
    form = NoReceiptForm(request.POST or None)
    if not form.is_bound:
        return ask(request, "register/_return_without.html", {"form": form})
    if not form.is_valid():
        return ask(request, "register/_return_without.html", {"form": form}, status=422)
    read = read_scan(form.cleaned_data["product"])
    serials = list(Serial.objects.numbered(read.serial or read.text).select_related("product"))
    products = list(Product.objects.with_barcode([*read.gtins, barcode_key(read.text)]))
    products += list(Product.objects.with_sku(read.text)) + [serial.product for serial in serials]
    products = list(dict.fromkeys(products))
    if len(products) != 1:
        text = _("No product has this code.") if not products else _("Several products have this code. Use the SKU.")
        form.add_error("product", text)
        return ask(request, "register/_return_without.html", {"form": form}, status=422)
    sale = current_sale(request.register, staff=request.user)
    values = {name: form.cleaned_data[name] for name in ("quantity", "price", "reason")}
    try:
        return_without_receipt(sale, products[0], serials=serials[:1], staff=request.user, **values)
    except DomainError as error:
        return ask(request, "register/_return_without.html", {"form": form, "error": error}, status=422)
    return whole(request, open_sale(request), Say(_("%(product)s comes back.") % {"product": products[0].name}))
