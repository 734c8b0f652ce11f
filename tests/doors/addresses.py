"""Every address of the URL configuration, with a record of a place in it and a form that makes sense there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.doors.shop import Place

# Which record of a place a `pk` means: by the name of the address, else by the longest beginning that is here.
RECORDS = {
    "adjustments:": "adjustment",
    "adjustments:reverse": "posted",
    "adjustments:stock": "cable",
    "adjustments:leaving": "drive",
    "adjustments_settings:": "reason",
    "counts:": "count",
    "imports:": "import",
    "inventory:": "cable",
    "inventory:category": "category",
    "inventory:delete_category": "category",
    "orders:": "order",
    "orders:archive": "customer",
    "orders:customer": "customer",
    "orders:customer_orders": "customer",
    "orders:edit_status": "status",
    "orders:hand_over": "hand_over",
    "orders:store_credit": "customer",
    "purchasing:": "cable",
    "receiving:": "shipment",
    "receiving:bought_from": "vendor",
    "receiving:cancel_back": "reversal",
    "receiving:of_vendor": "vendor",
    "receiving:post_back": "reversal",
    "receiving:purchase_order": "purchase",
    "receiving:quantity_back": "reversal",
    "receiving:reversal": "reversal",
    "receiving:scan_back": "reversal",
    "receiving:take_back": "received",
    "register:": "receipt",
    "register:complete": "sale",
    "register:customer_sales": "customer",
    "register:hand_over_rows": "hand_over",
    "register:order": "order",
    "register:recall": "held",
    "register:report": "closed_shift",
    "register:return_hand_over": "hand_over",
    "register:sell_order": "order",
    "register:take_in": "drive",
    "register:take_off": "order",
    "register_settings:payment_method": "method",
    "register_settings:register": "register",
    "serials:": "drive",
    "serials:correct": "sold_line",
    "serials:fix_undo": "fix",
    "serials:line": "serial_line",
    "serials:unit": "sold_unit",
    "settings_app:person": "person",
    "settings_app:store": "store",
    "settings_app:tax_class": "tax_class",
    "transfers:": "outgoing",
    "transfers:count": "incoming",
    "transfers:decide": "incoming",
    "transfers:mark_all": "incoming",
    "transfers:receive": "incoming",
    "transfers:rest_stays": "incoming",
    "transfers:take_back": "sent",
    "transfers:take_off": "incoming",
    "transfers:undo": "incoming",
    "vendors:": "vendor",
}

PARTS: dict[str, Callable[[Place], object]] = {
    "code": lambda place: "serials",
    "decision": lambda place: "still",
    "discrepancy_pk": lambda place: place.discrepancy.pk,
    "kind": lambda place: "csv",
    "label": lambda place: "register.saleline",
    "product_pk": lambda place: place.drive.pk,
    "serial_pk": lambda place: place.sold_unit.pk,
    "slug": lambda place: "sales-over-time",
    "store_pk": lambda place: place.store.pk,
}

# Addresses whose rights depend on a word in them: what the word is, and (for lines) on which record it stands.
OTHERWISE: dict[str, dict[str, Callable[[Place], dict]]] = {
    "imports:new": {"products": lambda place: {"code": "products"}},
    "inventory:suggestions": {"categories": lambda place: {"kind": "categories"}},
    "serials:fix_apply": {"adjusted": lambda place: {"kind": "adjusted"}},
    "transfers:decide": {"lost": lambda place: {"decision": "lost"}},
    **{
        name: {"stock": lambda place: {"slug": "stock"}}
        for name in ("reports:report", "reports:paper", "reports:export")
    },
    "serials:line": {
        "orders": lambda place: {"label": "orders.orderline", "pk": place.tracked_order_line.pk},
        "receiving": lambda place: {"label": "receiving.shipmentline", "pk": place.tracked_shipment_line.pk},
        "reversals": lambda place: {"label": "receiving.reversalline", "pk": place.reversal_line.pk},
        "transfers": lambda place: {"label": "transfers.transferline", "pk": place.tracked_transfer_line.pk},
        "adjustments": lambda place: {"label": "adjustments.adjustmentline", "pk": place.tracked_adjustment_line.pk},
    },
}

NEVER_PLAIN = {"inventory:suggestions", "serials:fix_apply"}  # without a word they lead nowhere

# What a form says, for addresses that look for a record which the form names.
FORMS: dict[str, Callable[[Place], dict]] = {
    "adjustments:quantity": lambda place: {"line": place.adjustment_line.pk, "quantity": 2},
    "adjustments:remove": lambda place: {"line": place.adjustment_line.pk},
    "adjustments:leaves": lambda place: {"line": place.tracked_adjustment_line.pk, "serial": place.units[3].pk},
    "counts:": lambda place: {"product": place.cable.pk, "scan": place.count_scan.pk, "quantity": 2, "code": "CABLE"},
    "counts:without": lambda place: {"product": place.drive.pk},
    "orders:": lambda place: {"line": place.order_line.pk, "quantity": 1, "product": place.bag.pk},
    "labels:pdf": lambda place: {"product": place.cable.pk},
    "orders:new_order": lambda place: {"customer": place.customer.pk},
    "orders:order_customer": lambda place: {"customer": place.customer.pk},
    "orders:status": lambda place: {"progress": place.status.pk},
    "receiving:": lambda place: {"line": place.shipment_line.pk, "quantity": 2},
    "receiving:quantity_back": lambda place: {"line": place.reversal_line.pk, "quantity": 0},
    "receiving:purchase_order_": lambda place: {"line": place.purchase_line.pk, "quantity": 2},
    "register:": lambda place: {"line": place.sale_line.pk, "quantity": 2},
    "register:add": lambda place: {"product": place.cable.pk},
    "register:choose": lambda place: {"register": place.till.register.pk},
    "register:claim": lambda place: {"serial": place.units[2].pk},
    "register:customer": lambda place: {"customer": place.customer.pk},
    "serials:back_fill_undo": lambda place: {"fix": place.fix.pk},
    "serials:tracking_preview": lambda place: {"tracking": "sales"},
    "serials:fix_apply": lambda place: {"reason": "Counted"},
    "settings_app:choose_store": lambda place: {"store": place.store.pk},
    "transfers:": lambda place: {"line": place.transfer_line.pk, "quantity": 1},
    "transfers:decide": lambda place: {"product": place.cable.pk, "quantity": 1, "reason": "lost"},
    "transfers:take_off": lambda place: {"unit": place.coming_unit.pk},
}


@dataclass(frozen=True)
class Address:
    """A name of the URL configuration with the parts that vary, and the word that chooses among its kinds."""

    name: str
    parts: tuple[str, ...]
    word: str = ""

    def __str__(self):
        return f"{self.name} {self.word}".strip()

    @property
    def depends_on_place(self) -> bool:
        """Whether it leads to other records at another store, by its own parts or by the register in the session."""
        return bool(self.parts) or self.name.startswith("register:") or self.name in FORMS

    def at(self, place: Place) -> str:
        values = {part: self._value(part, place) for part in self.parts}
        if self.word:
            values |= OTHERWISE[self.name][self.word](place)
        return reverse(self.name, kwargs=values)

    @property
    def record(self) -> str | None:
        """What its `pk` means at a place."""
        return _longest(RECORDS, self.name) if "pk" in self.parts else None

    @property
    def form_maker(self) -> Callable[[Place], dict] | None:
        return _longest(FORMS, self.name)

    def form(self, place: Place) -> dict:
        return self.form_maker(place) if self.form_maker else {}

    def _value(self, part: str, place: Place):
        return getattr(place, _longest(RECORDS, self.name)).pk if part == "pk" else PARTS[part](place)


def every_address() -> list[Address]:
    """All of the URL configuration, and once more for each word that changes who may."""
    found = list(_walk(get_resolver()))
    return [
        address
        for plain in found
        for address in (plain, *(replace(plain, word=word) for word in OTHERWISE.get(plain.name, ())))
        if address.word or plain.name not in NEVER_PLAIN
    ]


def _walk(resolver: URLResolver, space: str = "", parts: tuple[str, ...] = ()) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        own = (*parts, *pattern.pattern.converters, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLPattern):
            yield Address(f"{space}{pattern.name}", tuple(dict.fromkeys(own)))
        else:
            yield from _walk(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space, own)


def _longest(table: dict, name: str):
    """What stands under the name itself, or under the longest beginning of it that is in the table."""
    return next((table[name[:end]] for end in range(len(name), 0, -1) if name[:end] in table), None)
