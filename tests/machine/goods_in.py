"""Steps with vendors: purchase orders, shipments, and taking shipments back."""

from receiving.models import PurchaseOrder, ShipmentLine, ShipmentReversal, VendorShipment
from receiving.operations import (
    LineChange,
    add_line,
    add_orders,
    cancel_reversal,
    cancel_shipment,
    change_line,
    drop_codes,
    enter_codes,
    expect_serials,
    post_reversal,
    receive_shipment,
    remove_line,
    scan,
    settle_code,
    start_reversal,
    start_shipment,
)
from receiving.purchasing.operations import add_to_order, cancel_order, close_short, send_order, start_order
from serials.models import Serial
from tests.machine.shop import Walk, step


class GoodsIn(Walk):
    def shipment(self, **where) -> VendorShipment:
        return self.one(VendorShipment.objects.filter(**where).order_by("pk"))

    def shipment_line(self) -> ShipmentLine:
        return self.one(ShipmentLine.objects.with_serials().filter(shipment__status="draft"))

    def codes(self) -> list[str]:
        """Numbers that a vendor may send: new ones, those of units that left, and wrong ones."""
        known = list(Serial.objects.order_by("pk").values_list("number", flat=True))
        return [self.new_number() if not self.chance(3) else self.one(known) for _ in range(self.number(1, 3))]

    @step()
    def receive_new_goods(self):
        """The whole of a plain delivery."""
        shipment = start_shipment(self.one(self.shop.vendors), self.store(), staff=self.staff)
        line = add_line(shipment, self.product(), quantity=self.number(1, 3), unit_cost=self.number(0, 900))
        if line.product.is_tracked:
            enter_codes(line, self.codes(), staff=self.staff)
        receive_shipment(shipment, staff=self.staff, override_reason="Sealed boxes" if self.chance() else "")

    @step()
    def announce_goods(self):
        vendor, store = self.one(self.shop.vendors), self.store()
        orders = PurchaseOrder.objects.filter(vendor=vendor, store=store, status__in=["sent", "partly"])
        shipment = start_shipment(vendor, store, staff=self.staff, orders=list(orders), freight=self.number(0, 99))
        line = add_line(shipment, self.product(), quantity=self.number(1, 4), expected=self.number(0, 4))
        if line.product.is_tracked and self.chance():
            expect_serials(line, [self.new_number()])

    @step()
    def order_from_vendor(self):
        order = start_order(self.one(self.shop.vendors), self.store(), staff=self.staff)
        for product in self.some(self.shop.products):
            add_to_order(order, product, quantity=self.number(1, 3))
        send_order(order, staff=self.staff)

    @step()
    def settle_purchase_order(self):
        order = self.one(PurchaseOrder.objects.order_by("pk"))
        if self.chance():
            close_short(order, reason="Out of print", staff=self.staff)
        else:
            cancel_order(order, reason="Too dear", staff=self.staff)

    @step()
    def deliver_for_order(self):
        order = self.one(PurchaseOrder.objects.order_by("pk"))
        add_orders(self.shipment(status="draft", vendor=order.vendor, store=order.store), [order])

    @step()
    def unpack(self):
        line = self.shipment_line()
        match self.number(1, 6):
            case 1 | 2:
                enter_codes(line, self.codes(), staff=self.staff)
            case 3:
                code = self.one([*line.pending, *self.codes()]) if hasattr(line, "pending") else self.codes()[0]
                settle_code(line, code, taking=self.chance(), staff=self.staff)
            case 4:
                drop_codes(line, [serial.number for serial in self.some(line.serials)])
            case 5:
                change = LineChange(quantity=self.number(0, 4), closes_short=self.chance())
                change_line(line, change)
            case 6:
                code = self.one([*self.codes(), line.product.sku])
                scan(line.shipment, code, selected=line, staff=self.staff)

    @step()
    def receive(self):
        excuse = "Sealed boxes" if self.chance() else ""
        shipment = self.shipment(status="draft")
        receive_shipment(shipment, staff=self.staff, accepts_over=self.chance(), override_reason=excuse)

    @step()
    def give_up_shipment(self):
        if self.chance():
            remove_line(self.shipment_line())
        else:
            cancel_shipment(self.shipment(status="draft"))

    @step()
    def take_shipment_back(self):
        reversal = start_reversal(self.shipment(status="received"), reason="Wrong goods", staff=self.staff)
        if not self.chance(3):
            post_reversal(reversal, staff=self.staff)

    @step()
    def settle_reversal(self):
        reversal = self.one(ShipmentReversal.objects.filter(status="draft").order_by("pk"))
        if self.chance():
            cancel_reversal(reversal)
        else:
            post_reversal(reversal, staff=self.staff)
