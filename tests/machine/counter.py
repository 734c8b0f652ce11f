"""Steps at the counter."""

from decimal import Decimal

from orders.models import CustomerOrder
from register.models import Sale, SaleLine
from register.operations import (
    ReturnPick,
    add_order,
    add_order_payment,
    add_product,
    add_return,
    add_return_by_serial,
    change_price,
    claim_serial,
    close_shift,
    discount_line,
    discount_sale,
    expected_takings,
    hold_sale,
    move_cash,
    open_shift,
    recall_sale,
    remove_line,
    remove_order,
    return_without_receipt,
    scan,
    set_customer,
    set_quantity,
    take_in_trade,
    void_sale,
)
from register.returnable import returnable
from serials.models import Serial
from serials.policy import State
from tests.machine.shop import Walk, step


class Counter(Walk):
    def line(self, sale) -> SaleLine:
        return self.one(sale.lines.with_serials())

    @step()
    def sell_units(self):
        """The whole of a plain sale: scanned and paid."""
        sale = self.sale()
        here = list(Serial.objects.in_stock(sale.store).filter(hold=None).order_by("pk"))
        for serial in self.some(here):
            scan(sale, serial.number, staff=self.staff)
        if self.chance():
            scan(sale, self.product().sku, staff=self.staff)
        self.pay(sale)

    @step()
    def scan_anything(self):
        sale = self.sale()
        receipts = list(Sale.objects.order_by("pk").values_list("number", flat=True))
        codes = [*Serial.objects.order_by("pk").values_list("number", flat=True), *receipts]
        codes += [*(product.sku for product in self.shop.products), "NOTHING", self.new_number()]
        scan(sale, self.one(codes), selected=sale.lines.first(), staff=self.staff)

    @step()
    def pay_sale(self):
        self.pay(self.one(Sale.objects.filter(status="open", lines__isnull=False).distinct().order_by("pk")))

    @step()
    def add_goods(self):
        add_product(self.sale(), self.product(), quantity=self.number(1, 3), staff=self.staff)

    @step()
    def name_customer(self):
        set_customer(self.sale(), self.one([*self.shop.customers, None]), staff=self.staff)

    @step()
    def take_back_by_receipt(self):
        receipt = self.one(Sale.objects.completed().filter(lines__kind="sale").distinct().order_by("pk"))
        picks = []
        for found in returnable(receipt):
            quantity = self.number(0, found.left + 1)
            free = [unit.serial for unit in found.units if unit.is_returnable]
            if quantity:
                picks.append(ReturnPick(found.line, quantity, self.some(free, most=quantity)))
        add_return(self.sale(), receipt, picks, reason="Faulty", staff=self.staff)

    @step()
    def take_back_by_serial(self):
        add_return_by_serial(self.sale(), self.serial(state=State.SOLD), reason="Noisy", staff=self.staff)

    @step()
    def take_back_without_receipt(self):
        serial = self.serial()
        serials = [serial] if self.chance() else []
        return_without_receipt(self.sale(), serial.product, price=100, serials=serials, reason="Gift", staff=self.staff)

    @step()
    def buy_from_customer(self):
        sale = self.sale()
        if sale.customer is None:
            set_customer(sale, self.one(self.shop.customers), staff=self.staff)
        product = self.product()
        sold = Serial.objects.sold().filter(product=product).order_by("pk").values_list("number", flat=True)
        numbers = [self.one([*sold, self.new_number()])] if product.is_tracked and not self.chance(4) else []
        terms = {"quantity": self.number(1, 2), "price": self.number(0, 3000), "condition": "Used"}
        take_in_trade(sale, product, numbers=numbers, staff=self.staff, **terms)

    @step()
    def change_quantity(self):
        line = self.line(self.sale())
        leaving = self.some(line.serials)
        set_quantity(line, self.number(0, 4), detach=leaving, staff=self.staff)

    @step()
    def change_terms(self):
        sale = self.sale()
        match self.number(1, 3):
            case 1:
                change_price(self.line(sale), self.number(0, 2000), reason="Match", staff=self.staff)
            case 2:
                percent = Decimal(self.number(0, 101))
                discount_line(self.line(sale), percent=percent, reason="Club", staff=self.staff)
            case 3:
                discount_sale(sale, amount=self.number(0, 500), reason="Club", staff=self.staff)

    @step()
    def remove(self):
        remove_line(self.line(self.sale()), staff=self.staff)

    @step()
    def put_aside(self):
        hold_sale(self.sale(), note="Later", staff=self.staff)

    @step()
    def recall(self):
        held = self.one(Sale.objects.on_hold().order_by("pk"))
        register = self.one([one for one in self.shop.registers if one.store_id == held.store_id])
        recall_sale(held, register=register, staff=self.staff)

    @step()
    def give_up(self):
        sales = Sale.objects.exclude(status="voided").order_by("pk")
        void_sale(self.one(sales), reason="Changed his mind", staff=self.staff)

    @step()
    def claim(self):
        claim_serial(self.sale(), self.serial(hold__isnull=False), staff=self.staff)

    @step()
    def pay_for_order(self):
        order = self.one(CustomerOrder.objects.order_by("pk"))
        amount = order.balance if self.chance() else self.number(-500, 2000)
        add_order_payment(self.sale(), order, amount, staff=self.staff)

    @step()
    def sell_order(self):
        order = self.one(CustomerOrder.objects.filter(status="open").order_by("pk"))
        register = self.one([one for one in self.shop.registers if one.store_id == order.store_id])
        sale = self.sale(register)
        add_order(sale, order, staff=self.staff)
        if self.chance():
            self.pay(sale)

    @step()
    def take_order_off(self):
        sale = self.one(Sale.objects.filter(status="open").order_by("pk"))
        order = self.one(CustomerOrder.objects.exclude(at_register="").order_by("pk"))
        remove_order(sale, order, staff=self.staff)

    @step()
    def count_and_close(self):
        register = self.register()
        shift = self.shift(register)
        move_cash(shift, self.one([-500, 500]), reason="Bank", staff=self.staff)
        counts = {taking.method.pk: taking.expected for taking in expected_takings(shift)}
        close_shift(shift, counts=counts, staff=self.staff)
        open_shift(register, opening_balance=10_000, staff=self.staff)
