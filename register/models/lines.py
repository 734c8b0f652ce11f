"""Lines of sales, with the units and taxes on them and what was overridden. All money is in minor units."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from inventory.models import StockMovement
from microbiz.prepared import prepared
from orders.models import HandOverLine, OrderLine
from register.models.payments import SaleOrderPayment
from register.models.sales import Sale
from serials.models import LineSerial, Serial, SerialEvent, SerializedLine
from serials.models.lines import have_units, units_of_lines
from serials.policy import Moment
from settings_app.models import Staff


@prepared
def _free_to_sell(product, store, units):
    in_stock = Serial.objects.in_stock(store).filter(product=product, pk__among=units)
    return in_stock.filter(hold__isnull=True).values_list("pk", flat=True)


class SaleLine(SerializedLine):
    """So many units of one product that pass the counter, out or in. Prices are per unit and never negative.

    `name` and `sku` are kept as they were printed. `discount` is for the whole line. `returned_line` is the sold
    line that a return by receipt takes back from. The price of a trade-in is what we pay for it, `condition` in
    what state it came. `cost` is what one unit cost us when the line was made, and from the completion of the sale on
    what it did then, or when the unit that comes back was sold.
    """

    class Kind(models.TextChoices):
        SALE = "sale", _("Sale")
        RETURN = "return", _("Return")
        TRADE_IN = "trade_in", _("Trade-in")

    MOMENTS = {Kind.SALE: Moment.SALE, Kind.RETURN: Moment.RETURN, Kind.TRADE_IN: Moment.TRADE_IN}
    REASONS = {
        Kind.SALE: StockMovement.Reason.SALE,
        Kind.RETURN: StockMovement.Reason.RETURN,
        Kind.TRADE_IN: StockMovement.Reason.TRADE_IN,
    }

    store_path = "sale__store"
    edit_permission = "register.sell"
    leaving = {"kind": "sale"}
    open_documents = {"sale__status__in": ["open", "on_hold"]}

    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SALE)
    name = models.CharField(max_length=300)
    sku = models.CharField(max_length=64)
    unit_price = models.BigIntegerField(_("price"))
    discount = models.BigIntegerField(_("discount"), default=0)
    tax = models.BigIntegerField(default=0)  # on the whole line, not negative
    total = models.BigIntegerField(default=0)  # with exclusive tax; negative for what comes in
    cost = models.BigIntegerField(null=True, blank=True, editable=False)  # None: the product had none
    returned_line = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="returns")
    return_reason = models.CharField(_("reason"), max_length=200, blank=True)
    condition = models.CharField(_("condition"), max_length=200, blank=True)
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, null=True, blank=True, related_name="sale_lines"
    )  # of the customer order that this sale hands over
    handed_line = models.ForeignKey(
        HandOverLine, on_delete=models.PROTECT, null=True, blank=True, related_name="returns"
    )  # that a return takes back from, where no sale but the order itself handed over

    is_beside_orders = True  # whether its sale takes money for orders, too: it may, unless `lines_to_show` looked

    class Meta(SerializedLine.Meta):
        verbose_name = _("sale line")
        verbose_name_plural = _("sale lines")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["sale", "return", "trade_in"]), name="sale_line_kind_known"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="sale_line_has_units"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="sale_line_price_not_negative"),
            models.CheckConstraint(
                condition=Q(discount__gte=0) & Q(discount__lte=F("unit_price") * F("quantity")),
                name="sale_line_discount_within_price",
            ),
            models.CheckConstraint(
                condition=~Q(kind="trade_in") | Q(discount=0, tax=0, returned_line__isnull=True),
                name="sale_line_trade_in_is_a_purchase",
            ),
        ]

    def __str__(self):
        return f"{self.signed_quantity} {self.name}"

    @property
    def moment(self) -> Moment:  # type: ignore[override]  # depends on the line
        return self.MOMENTS[self.Kind(self.kind)]

    @property
    def is_sale(self) -> bool:
        return self.kind == self.Kind.SALE

    @property
    def is_return(self) -> bool:
        return self.kind == self.Kind.RETURN

    @property
    def is_trade_in(self) -> bool:
        return self.kind == self.Kind.TRADE_IN

    @property
    def sign(self) -> int:
        """1 where goods go out, -1 where they come in."""
        return 1 if self.is_sale else -1

    @property
    def signed_quantity(self) -> int:
        return self.sign * self.quantity

    @property
    def net(self) -> int:
        """Price times quantity less discount, as printed; negative for what comes in."""
        return self.sign * (self.unit_price * self.quantity - self.discount)

    @property
    def cost_today(self) -> int | None:
        """What one unit costs us, in minor units: of a return what it did when sold, of a trade-in what we pay for it."""
        if self.is_trade_in:
            return self.unit_price
        then = self.origin.cost if self.has_origin else None
        return self.product.cost if then is None else then

    def change_quantity(self, quantity, *, staff):
        """Amounts and limits of returns follow the units."""
        from register.operations.cart import set_quantity

        set_quantity(self, quantity, staff=staff)
        self.refresh_from_db(fields=["quantity", "discount", "tax", "total"])

    @property
    def lender(self) -> OrderLine | None:
        """The order whose goods are to be handed over keeps those that stay behind."""
        return self.order_line

    @property
    def origin(self) -> "SaleLine | HandOverLine | None":
        """The line of a receipt, or of an order's hand-over, that a return takes back from: it says the price."""
        return self.returned_line or self.handed_line

    @property
    def has_origin(self) -> bool:
        return bool(self.returned_line_id or self.handed_line_id)

    @property
    def origin_document(self):
        """The receipt or the hand-over that a return takes back from; None without one."""
        return self.origin.document if self.has_origin else None

    def attachable(self):
        """A return by receipt takes back only what was sold on that line and is not yet back."""
        if self.handed_line_id:
            return self.handed_line.still_out()
        if self.returned_line_id is None:
            return super().attachable()
        sold = SaleLineSerial.objects.still_sold().filter(line=self.returned_line_id, returned_by__isnull=True)
        return Serial.objects.filter(Q(pk__in=sold.values("serial")) | Q(pk__in=self.serial_links.values("serial")))

    def free_among(self, units):
        if self.is_sale:
            return _free_to_sell(self.product_id, self.store_id, units)
        return super().free_among(units)

    def finds_free(self, units):
        if self.is_sale:
            return _free_to_sell.statement(self.product_id, self.store_id, units)
        return super().finds_free(units)

    def new_links(self, serials):
        """Links that undo those by which the units were sold here, where they were."""
        if self.is_sale:
            return super().new_links(serials)
        sold = SaleLineSerial.objects.still_sold().filter(serial__in=serials, returned_by__isnull=True)
        by_serial = {link.serial_id: link for link in sold}
        return [SaleLineSerial(line=self, serial=serial, returned_link=by_serial.get(serial.pk)) for serial in serials]

    def swap(self, link, serial):
        """What comes in undoes the link by which the unit that was meant was sold here, if it was."""
        if not self.is_sale:
            link.returned_link = self.new_links([serial])[0].returned_link
        super().swap(link, serial)

    def movement(self) -> StockMovement:
        """The unsaved ledger entry of this line."""
        return StockMovement(
            product_id=self.product_id,
            store_id=self.sale.store_id,
            quantity=-self.signed_quantity,
            reason=self.REASONS[self.Kind(self.kind)],
            document_type=self.sale._meta.label_lower,
            document_id=self.sale_id,
            document=self.sale.number,
        )


def lines_to_show(sale: Sale) -> "list[SaleLine]":
    """Its lines with all that a screen tells of them, in a fixed number of queries."""
    lines = _lines_of(sale.pk)
    for line in lines:
        line.sale = sale
        have_units(line)
    # Few lines have one of these; where none has, nothing is asked.
    beside = [line for line in lines if line.has_origin or line.order_line_id]
    prefetch_related_objects(beside, "returned_line__sale__store", "handed_line__hand_over", "order_line__order")
    return lines


@prepared
def _lines_of(sale):
    """Lines with their product and `units`; `is_beside_orders` says whether their sale takes money for orders, too."""
    lines = SaleLine.objects.filter(sale=sale).select_related("product")
    money = SaleOrderPayment.objects.filter(sale=OuterRef("sale"))
    return lines.annotate(is_beside_orders=Exists(money), units=units_of_lines(SaleLine))


class SaleLineSerialQuerySet(models.QuerySet):
    def still_sold(self):
        """Links of completed sales whose units have not moved since: the customer has them, by that receipt."""
        last = SerialEvent.objects.filter(
            serial=OuterRef("serial"),
            sequence=OuterRef("serial__sequence"),
            document_type=Sale._meta.label_lower,
            document_id=OuterRef("line__sale"),
        )
        return self.filter(Exists(last), line__kind=SaleLine.Kind.SALE)


class SaleLineSerial(LineSerial):
    """One unit on a sale line. Of what comes in, `returned_link` is the one by which it was sold here, once."""

    line = models.ForeignKey(SaleLine, on_delete=models.CASCADE, related_name="serial_links")
    returned_link = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="returned_by"
    )

    objects = SaleLineSerialQuerySet.as_manager()

    class Meta(LineSerial.Meta):
        verbose_name = _("serial on a sale")
        verbose_name_plural = _("serials on sales")


class SaleTax(models.Model):
    """One tax of one line, as computed at completion: for the receipt and the tax report. Negative on a return."""

    line = models.ForeignKey(SaleLine, on_delete=models.CASCADE, related_name="taxes")
    name = models.CharField(max_length=60)
    rate = models.PositiveIntegerField()  # thousandths of a percent
    is_inclusive = models.BooleanField()
    base = models.BigIntegerField()  # the net amount that is taxed
    amount = models.BigIntegerField()

    class Meta:
        verbose_name = _("tax on a line")
        verbose_name_plural = _("taxes on lines")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.name} {self.amount}"


class Override(models.Model):
    """What somebody did at the till by a permission of their own, and why."""

    class Kind(models.TextChoices):
        SERIALS = "serials", _("Completed without required serial numbers")
        PRICE = "price", _("Price changed")
        DISCOUNT = "discount", _("Discount given")
        NO_RECEIPT = "no_receipt", _("Taken back without a receipt")
        TRADE_IN = "trade_in", _("Bought from the customer")

    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="overrides")
    line = models.ForeignKey(SaleLine, on_delete=models.SET_NULL, null=True, blank=True, related_name="overrides")
    kind = models.CharField(max_length=12, choices=Kind)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    detail = models.CharField(max_length=200, blank=True)  # before and after, in words
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.reason}"
