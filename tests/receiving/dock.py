"""A place where goods arrive, for tests that receive."""

from dataclasses import dataclass

from inventory.models import Product, StockMovement, Vendor
from microbiz.laws import check_laws
from receiving.models import PurchaseOrder, PurchaseOrderLine, ShipmentLine, VendorShipment
from receiving.operations import add_line, enter_codes, receive_shipment, scan, start_shipment
from settings_app.models import Staff, Store
from tests import factories


@dataclass
class Dock:
    """A store, one of its vendors, and somebody who may do everything."""

    store: Store
    vendor: Vendor
    staff: Staff

    def draft(self, **kwargs) -> VendorShipment:
        return start_shipment(self.vendor, self.store, staff=self.staff, **kwargs)

    def line(self, shipment: VendorShipment, product: Product, quantity: int = 1, cost: int = 600, codes=()):
        """A line of a draft, with these serial numbers."""
        line = add_line(shipment, product, quantity=quantity, unit_cost=cost)
        self.enter(line, *codes)
        return line

    def enter(self, line: ShipmentLine, *codes: str):
        return enter_codes(line, codes, staff=self.staff) if codes else None

    def scan(self, shipment: VendorShipment, *codes: str, **kwargs):
        """Scan codes one after another, the line of the last one selected; the answer to the last."""
        selected = kwargs.pop("selected", None)
        for code in codes:
            result = scan(shipment, code, staff=self.staff, selected=selected, **kwargs)
            selected = result.line or selected
        return result

    def receive(self, shipment: VendorShipment, **kwargs) -> VendorShipment:
        return receive_shipment(shipment, staff=self.staff, **kwargs)

    def received(self, product: Product, quantity: int = 1, cost: int = 600, codes=(), freight: int = 0):
        """A received shipment of one line."""
        shipment = self.draft(freight=freight)
        self.line(shipment, product, quantity, cost, codes)
        return self.receive(shipment)

    def order(self, *lines: tuple[Product, int, int], status=PurchaseOrder.Status.SENT) -> PurchaseOrder:
        """A sent order of (product, units, unit cost)."""
        order = factories.PurchaseOrderFactory(vendor=self.vendor, store=self.store, status=status)
        for product, quantity, cost in lines:
            factories.PurchaseOrderLineFactory(order=order, product=product, quantity=quantity, unit_cost=cost)
        return order


def open_dock(store: Store | None = None) -> Dock:
    return Dock(store or factories.StoreFactory(), factories.VendorFactory(), factories.AdminFactory())


def arrive(line: PurchaseOrderLine, quantity: int, *, staff: Staff) -> VendorShipment:
    """So many units of an order's line come and are received, their numbers to follow."""
    order = line.order
    shipment = factories.VendorShipmentFactory(vendor=order.vendor, store=order.store)
    factories.ShipmentLineFactory(shipment=shipment, product=line.product, order_line=line, quantity=quantity)
    return receive_shipment(shipment, staff=staff, override_reason="Numbers follow")


def nothing_moved(product, store, units=0) -> bool:
    """Whether `units` are on hand and no shipment moved any; the laws hold."""
    check_laws()
    movements = StockMovement.objects.filter(document_type="receiving.vendorshipment")
    return factories.on_hand(product, store) == units and not movements.exists()
