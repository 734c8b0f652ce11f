"""One day: goods come in, are sent on, sold and brought back. Chance is seeded, so the same files give the same day."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar
from uuid import uuid4

from inventory.models import Product, StockLevel
from microbiz.errors import DomainError
from microbiz.replay.files import GoodsRow, Invoice
from microbiz.replay.shop import TRACKED, Shop, customer_of, product_of
from receiving.operations import add_line, drop_codes, enter_codes, receive_shipment, start_shipment
from register.models import Sale
from register.operations import (
    ReturnPick,
    Tender,
    add_product,
    add_return,
    add_return_by_serial,
    close_shift,
    complete_sale,
    current_sale,
    expected_takings,
    open_shift,
    return_without_receipt,
    scan,
    set_customer,
    void_sale,
)
from register.returnable import returnable
from serials.models import Serial
from serials.numbers import number_key
from settings_app.models import SerialTracking, Store
from transfers.models import Discrepancy
from transfers.operations import add_unit, decide, receive_transfer, request_transfer, scan_arrival, send_transfer

Result = TypeVar("Result")
Bar = Callable[[str], Callable[[int, int], None]]

DRIVE_PRICE = 89_00
DRIVES_ON_AN_INVOICE = (0, 0, 1, 1, 2)  # any of these, by chance
COMES_BACK = 0.06  # of the drives sold
GETS_LOST = 0.02  # of the drives sent


@dataclass
class Figures:
    """What was done, in units, and what was refused, by reason."""

    received: int = 0
    sold: int = 0
    returned: int = 0
    transferred: int = 0
    lost: int = 0
    sales: int = 0
    refusals: Counter[str] = field(default_factory=Counter)


class Day:
    """The day of one shop. `run` does everything; what the operations refuse is counted and left out."""

    def __init__(self, shop: Shop, *, seed: int, bar: Bar):
        self.shop, self.bar = shop, bar
        self.random = Random(seed)  # noqa: S311 (which goods go where, not a secret)
        self.figures = Figures()
        self.drives: list[Product] = []
        self.codes: dict[str, Product] = {}  # of the invoices
        self.receipts: dict[tuple[str, int], list[int]] = defaultdict(list)  # by customer and product

    def run(
        self, drives: dict[str, list[str]], goods: Sequence[GoodsRow], invoices: Sequence[Invoice], *, most: int
    ) -> Figures:
        """`most` is how many drives come in, all stores together."""
        for register in self.shop.registers:
            if register.open_shift is None:
                open_shift(register, opening_balance=200_00, staff=self.shop.staff)
        self._receive_drives(drives, most)
        self._receive_goods(goods, invoices)
        self._send_on()
        self._trade(goods, invoices)
        self._bring_back()
        self._close()
        return self.figures

    def _try(self, action: Callable[[], Result]) -> Result | None:
        """What the operation gives; None where it refuses, which is counted."""
        try:
            return action()
        except DomainError as refusal:
            self.figures.refusals[type(refusal).__name__] += 1
            return None

    # --- Goods come in ------------------------------------------------------------------------------------------------

    def _receive_drives(self, drives: dict[str, list[str]], most: int) -> None:
        """Each model, in equal shares for the stores: numbers that are not on record yet."""
        shipments = []
        for at, (model, numbers) in enumerate(drives.items()):
            tracking = TRACKED[at % len(TRACKED)]
            product = product_of(model[:64], model, DRIVE_PRICE + at * 10_00, tracking, staff=self.shop.staff)
            self.drives.append(product)
            keys = [number_key(number) for number in numbers]
            known = set(Serial.objects.filter(product=product).values_list("number_key", flat=True))
            fresh = [number for number, key in zip(numbers, keys, strict=True) if key not in known][:most]
            most -= len(fresh)
            share = -(-len(fresh) // len(self.shop.stores)) or 1
            parts = [fresh[start : start + share] for start in range(0, len(fresh), share)]
            shipments += [(store, product, part) for store, part in zip(self.shop.stores, parts, strict=False)]
        show = self.bar("Receiving drives")
        for done, (store, product, numbers) in enumerate(shipments, start=1):
            self._try(lambda store=store, product=product, numbers=numbers: self._deliver(store, product, numbers))
            show(done, len(shipments))

    def _deliver(self, store: Store, product: Product, numbers: Sequence[str]) -> None:
        """One delivery of one model: its numbers are scanned, those that cannot be right are left in the box."""
        shipment = start_shipment(self.shop.vendor, store, staff=self.shop.staff)
        line = add_line(shipment, product, quantity=len(numbers), unit_cost=product.cost)
        entered = enter_codes(line, numbers, staff=self.shop.staff)
        if entered.unsettled:
            self.figures.refusals["UnsettledCode"] += len(entered.unsettled)
            drop_codes(line, entered.unsettled)
        receive_shipment(shipment, staff=self.shop.staff, override_reason="Some labels could not be read")
        self.figures.received += len(numbers)

    def _receive_goods(self, goods: Sequence[GoodsRow], invoices: Sequence[Invoice]) -> None:
        """What the invoices will take, and a shelf of the catalogue, in every store: one delivery each."""
        wanted: Counter[str] = Counter()
        for invoice in invoices:
            for line in invoice.lines:
                wanted[line.code] += max(line.quantity, 0)
                if line.code not in self.codes:
                    none = SerialTracking.NONE
                    self.codes[line.code] = product_of(
                        line.code[:64], line.name, line.price, none, staff=self.shop.staff
                    )
        shelf = [
            product_of(row.sku, row.name, row.price, SerialTracking.NONE, staff=self.shop.staff, goods=row)
            for row in goods
        ]
        show = self.bar("Receiving goods")
        for done, store in enumerate(self.shop.stores, start=1):
            shipment = start_shipment(self.shop.vendor, store, staff=self.shop.staff)
            for code, units in wanted.items():
                if units:
                    add_line(shipment, self.codes[code], quantity=units, unit_cost=self.codes[code].cost)
            for product in shelf:
                add_line(shipment, product, quantity=5, unit_cost=product.cost)
            receive_shipment(shipment, staff=self.shop.staff)
            self.figures.received += sum(units for units in wanted.values()) + 5 * len(shelf)
            show(done, len(self.shop.stores))

    # --- Between the stores -------------------------------------------------------------------------------------------

    def _send_on(self) -> None:
        """The first store sends some of its drives to each of the others; now and then one is lost on the way."""
        sender, *others = self.shop.stores
        show = self.bar("Sending on")
        for done, store in enumerate(others, start=1):
            self._try(lambda store=store: self._transfer(sender, store))
            show(done, len(others))

    def _transfer(self, sender: Store, store: Store) -> None:
        staff = self.shop.staff
        here = list(Serial.objects.in_stock(sender).filter(product__in=self.drives, hold=None).order_by("pk"))
        chosen = self.random.sample(here, min(len(here) // 10, 40))
        if not chosen:
            return
        transfer = request_transfer(sender, store, staff=staff)
        for serial in chosen:
            add_unit(transfer, serial, staff=staff)
        send_transfer(transfer, staff=staff)
        for serial in chosen:
            if self.random.random() < GETS_LOST:
                decide(transfer, Discrepancy.Decision.LOST, serial=serial, reason="Not in the box", staff=staff)
                self.figures.lost += 1
            else:
                scan_arrival(transfer, serial.number, staff=staff)
                self.figures.transferred += 1
        receive_transfer(transfer, staff=staff)

    # --- At the counters ----------------------------------------------------------------------------------------------

    def _trade(self, goods: Sequence[GoodsRow], invoices: Sequence[Invoice]) -> None:
        """Each invoice at one of the tills: its goods, some drives by their serials, something off the shelf."""
        show = self.bar("Selling")
        for done, invoice in enumerate(invoices, start=1):
            register = self.random.choice(self.shop.registers)
            sale = current_sale(register, staff=self.shop.staff)
            customer = customer_of(invoice.customer)
            if customer is not None:
                set_customer(sale, customer, staff=self.shop.staff)
            if invoice.is_return:
                self._take_back(sale, invoice)
            else:
                self._fill(sale, invoice, goods)
            self._pay(sale, invoice)
            show(done, len(invoices))

    def _fill(self, sale: Sale, invoice: Invoice, goods: Sequence[GoodsRow]) -> None:
        staff, codes = self.shop.staff, []
        for line in invoice.lines:
            if line.quantity > 0:
                product, units = self.codes[line.code], line.quantity
                self._try(lambda product=product, units=units: add_product(sale, product, quantity=units, staff=staff))
        here = Serial.objects.in_stock(sale.store).filter(product__in=self.drives).order_by("pk")
        free = list(here.values_list("number", flat=True)[:200])
        codes += self.random.sample(free, min(self.random.choice(DRIVES_ON_AN_INVOICE), len(free)))
        if goods:
            codes.append(self.random.choice(goods).barcode)
        if codes and self.random.random() < 0.1:
            codes.append(codes[0][::-1])  # misread
        for code in codes:
            result = scan(sale, code, staff=staff)
            if not result.ok:
                self.figures.refusals[f"scan: {result.kind}"] += 1

    def _take_back(self, sale: Sale, invoice: Invoice) -> None:
        """By the receipt where this customer has one, else without, at the price that the invoice says."""
        staff = self.shop.staff
        for line in invoice.lines:
            product, units = self.codes[line.code], abs(line.quantity)
            receipts = self.receipts[invoice.customer, product.pk]
            receipt = Sale.objects.get(pk=receipts[-1]) if receipts else None
            found = [one for one in returnable(receipt) if one.line.product_id == product.pk] if receipt else []
            if found and found[0].left >= units:
                pick = ReturnPick(found[0].line, units)
                self._try(lambda pick=pick, receipt=receipt: add_return(sale, receipt, [pick], reason="x", staff=staff))
                continue
            terms = {"quantity": units, "price": line.price, "reason": f"Invoice {invoice.number}"}
            self._try(lambda product=product, terms=terms: return_without_receipt(sale, product, staff=staff, **terms))

    def _pay(self, sale: Sale, invoice: Invoice) -> None:
        sale.refresh_from_db()
        method = self.shop.card if self.random.random() < 0.7 else self.shop.cash
        tenders = [Tender(method, sale.total)] if sale.total else []
        paid = self._try(lambda: complete_sale(sale, tenders=tenders, key=uuid4(), staff=self.shop.staff))
        if paid is None:
            if sale.lines.exists():
                void_sale(sale, reason="It could not be paid", staff=self.shop.staff)
            return
        self.figures.sales += 1
        for line in paid.lines.all():
            if line.is_sale:
                self.figures.sold += line.quantity
                self.receipts[invoice.customer, line.product_id].append(paid.pk)
            else:
                self.figures.returned += line.quantity

    def _bring_back(self) -> None:
        """Some of the drives come back, in whatever store; some are tried twice, as people do."""
        sold = list(Serial.objects.sold().filter(product__in=self.drives).order_by("pk"))
        back = self.random.sample(sold, round(len(sold) * COMES_BACK))
        show = self.bar("Taking back")
        for done, serial in enumerate([*back, *back[:2]], start=1):
            sale = current_sale(self.random.choice(self.shop.registers), staff=self.shop.staff)
            line = self._try(
                lambda sale=sale, serial=serial: add_return_by_serial(
                    sale, serial, reason="Noisy", staff=self.shop.staff
                )
            )
            if line is not None:
                self._pay(sale, Invoice("", ""))
            show(done, len(back) + len(back[:2]))

    def _close(self) -> None:
        """Every drawer is counted and holds what it should."""
        for register in self.shop.registers:
            shift = register.open_shift
            counts = {taking.method.pk: taking.expected for taking in expected_takings(shift)}
            close_shift(shift, counts=counts, staff=self.shop.staff)


def on_hand() -> int:
    """Units in all stores, for the last line of the figures."""
    return sum(StockLevel.objects.values_list("on_hand", flat=True))
