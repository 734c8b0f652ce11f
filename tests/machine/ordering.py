"""Steps with customer orders."""

from decimal import Decimal

from orders.models import CustomerOrder, OrderLine
from orders.operations import (
    Pick,
    add_product,
    cancel_order,
    change_price,
    create_order,
    discount_line,
    hand_over,
    open_order,
    remove_line,
    set_quantity,
)
from serials.models import Serial
from serials.operations import attach
from tests.machine.shop import Walk, step


class Ordering(Walk):
    def order(self, **where) -> CustomerOrder:
        return self.one(CustomerOrder.objects.filter(**where).order_by("pk"))

    def order_line(self) -> OrderLine:
        lines = OrderLine.objects.with_serials().filter(order__status__in=["draft", "open"])
        return self.one(lines.select_related("order__store"))

    @step()
    def order_goods(self):
        order = create_order(store=self.store(), customer=self.one(self.shop.customers), staff=self.staff)
        for product in self.some(self.shop.products):
            add_product(order, product, quantity=self.number(1, 3), staff=self.staff)
        if not self.chance(4):
            open_order(order, staff=self.staff)

    @step()
    def order_more(self):
        add_product(self.order(status="open"), self.product(), quantity=self.number(1, 2), staff=self.staff)

    @step()
    def reserve(self):
        line = self.order_line()
        here = Serial.objects.in_stock(line.store).filter(product=line.product).order_by("pk")
        chosen = [*line.serials, *self.some(here)] if self.chance() else self.some(here)
        attach(line, [serial.number for serial in chosen], staff=self.staff, place="North")

    @step()
    def change_order_line(self):
        line = self.order_line()
        match self.number(1, 4):
            case 1:
                set_quantity(line, self.number(0, 4), detach=self.some(line.serials), staff=self.staff)
            case 2:
                change_price(line, self.number(0, 2000), reason="Match", staff=self.staff)
            case 3:
                discount_line(line, percent=Decimal(self.number(0, 100)), reason="Club", staff=self.staff)
            case 4:
                remove_line(line, staff=self.staff)

    @step()
    def hand_over_goods(self):
        order = self.order(status="open")
        picks = None
        if self.chance():
            picks = []
            for line in order.lines.with_serials():
                quantity = self.number(0, line.quantity)
                picks.append(Pick(line, quantity, self.some(line.serials, most=quantity)))
        unpaid = "A friend" if self.chance() else ""
        hand_over(order, picks, staff=self.staff, unpaid_reason=unpaid, serials_reason="No label" if unpaid else "")

    @step()
    def cancel_an_order(self):
        cancel_order(self.order(), reason="Too late", staff=self.staff)
