"""Steps in the stockroom: transfers, adjustments and counts."""

from inventory.adjustments.models import Adjustment, AdjustmentLine
from inventory.adjustments.operations import (
    add_line,
    discard_adjustment,
    post_adjustment,
    remove_line,
    reverse_adjustment,
    set_open_stock,
    set_quantity,
    start_adjustment,
)
from inventory.counts.models import CountScan, StockCount
from inventory.counts.operations import (
    accept,
    cancel_count,
    confirm_new,
    count_none,
    count_without,
    post_count,
    recount,
    set_aside,
    start_count,
    undo_last,
)
from inventory.counts.operations import scan as count_scan
from inventory.counts.operations import set_quantity as set_counted_quantity
from inventory.counts.results import result_of
from inventory.models import StockLevel
from serials.models import Serial
from serials.operations import attach
from tests.machine.shop import Walk, step
from transfers import operations as transferring
from transfers.comparison import compare
from transfers.models import Discrepancy, Transfer, TransferLine


class Stockroom(Walk):
    # --- Transfers ----------------------------------------------------------------------------------------------------

    def transfer(self, *statuses) -> Transfer:
        return self.one(Transfer.objects.filter(status__in=statuses).order_by("pk"))

    @step()
    def ask_for_goods(self):
        transfer = transferring.request_transfer(self.store(), self.store(), staff=self.staff)
        here = Serial.objects.in_stock(transfer.from_store).filter(hold=None).order_by("pk")
        for serial in self.some(here):
            transferring.add_unit(transfer, serial, staff=self.staff)
        if self.chance():
            transferring.add_product(transfer, self.product(), quantity=self.number(1, 2), staff=self.staff)
        if not self.chance(3):
            transferring.send_transfer(transfer, staff=self.staff)

    @step()
    def change_request(self):
        line = self.one(TransferLine.objects.with_serials().filter(transfer__status="draft"))
        if self.chance(3):
            transferring.remove_line(line, staff=self.staff)
        else:
            detach = self.some(line.serials)
            transferring.set_quantity(line, self.number(0, 3), detach=detach, staff=self.staff)

    @step()
    def send_goods(self):
        transferring.send_transfer(self.transfer("draft"), staff=self.staff)

    @step()
    def cancel_transfer(self):
        transferring.cancel_transfer(self.transfer("draft", "sent"), staff=self.staff)

    @step()
    def unpack_transfer(self):
        transfer = self.transfer("sent")
        match self.number(1, 4):
            case 1 | 2:
                sent = [row.serial.number for row in compare(transfer).rows if row.serial]
                others = list(Serial.objects.order_by("pk").values_list("number", flat=True))
                codes = [*sent, *sent, self.one(others), self.product().sku, self.new_number()]
                transferring.scan_arrival(transfer, self.one(codes), staff=self.staff)
            case 3:
                product = self.one([own.product for own in compare(transfer).products])
                transferring.set_counts(transfer, {product: self.number(0, 3)}, staff=self.staff)
            case 4:
                transferring.take_off(transfer, self.serial(), staff=self.staff)

    @step()
    def decide_on_transfer(self):
        transfer = self.transfer("sent")
        row = self.one([row for row in compare(transfer).rows if row.is_undecided])
        options = transferring.FOR_MISSING if row.is_expected else transferring.FOR_UNEXPECTED
        about = {"serial": row.serial} if row.serial else {"product": row.product}
        transferring.decide(transfer, self.one(options), reason="Fell off", staff=self.staff, **about)

    @step()
    def undo_transfer_decision(self):
        made = Discrepancy.objects.exclude(decision="").filter(transfer__status="sent").order_by("pk")
        transferring.undo_decision(self.one(made), staff=self.staff)

    @step()
    def receive_transfer(self):
        transfer = self.transfer("sent")
        if self.chance():
            transferring.mark_all_arrived(transfer, staff=self.staff)
        transferring.receive_transfer(transfer, staff=self.staff)

    @step()
    def take_transfer_back(self):
        transferring.take_back(self.transfer("sent"), staff=self.staff)

    # --- Adjustments --------------------------------------------------------------------------------------------------

    @step()
    def begin_adjustment(self):
        reason = self.one([Adjustment.Reason.FOUND, Adjustment.Reason.MISCOUNT])
        adjustment = start_adjustment(self.store(), staff=self.staff, reason=reason)
        for product in self.some(self.shop.products, most=2):
            add_line(adjustment, product, is_minus=self.chance(), quantity=self.number(1, 2))

    @step()
    def change_adjustment(self):
        line = self.one(AdjustmentLine.objects.with_serials().filter(adjustment__status="draft"))
        match self.number(1, 4):
            case 1 | 2:
                numbers = [serial.number for serial in self.some(line.attachable().order_by("pk"))]
                new = [] if numbers or not line.product.is_tracked else [self.new_number()]
                attach(line, numbers + new, new=new, staff=self.staff)
            case 3:
                set_quantity(line, self.number(-2, 2))
            case 4:
                remove_line(line, staff=self.staff)

    @step()
    def settle_adjustment(self):
        adjustment = self.one(Adjustment.objects.filter(status="draft").order_by("pk"))
        if self.chance(4):
            discard_adjustment(adjustment, staff=self.staff)
        else:
            post_adjustment(adjustment, staff=self.staff, override_reason="No label" if self.chance() else "")

    @step()
    def reverse_an_adjustment(self):
        reverse_adjustment(self.one(Adjustment.objects.filter(status="posted").order_by("pk")), staff=self.staff)

    @step()
    def enter_stock(self):
        product, store = self.product(), self.store()
        level = StockLevel.objects.filter(product=product, store=store).first()
        on_hand = max((level.on_hand if level else 0) + self.number(-2, 3), 0)
        leaving = self.some(Serial.objects.in_stock(store).filter(product=product).order_by("pk"), most=2)
        set_open_stock(product, store, on_hand, leaving=leaving, staff=self.staff, reason=Adjustment.Reason.MISCOUNT)

    # --- Counts -------------------------------------------------------------------------------------------------------

    def count(self) -> StockCount:
        return self.one(StockCount.objects.open().order_by("pk"))

    @step()
    def begin_count(self):
        start_count(self.store(), staff=self.staff, products=self.some(self.shop.products))

    @step()
    def count_goods(self):
        count = self.count()
        match self.number(1, 6):
            case 1 | 2 | 3:
                here = [serial.number for serial in Serial.objects.order_by("pk")]
                codes = [*here, self.new_number(), *(product.sku for product in self.shop.products)]
                count_scan(count, self.one(codes), staff=self.staff, product=self.one([None, self.product()]))
            case 4:
                count_without(count, self.product(), staff=self.staff)
            case 5:
                count_none(count, self.product(), staff=self.staff)
            case 6:
                undo_last(count, staff=self.staff)

    @step()
    def count_everything(self):
        """Every unit that is on record there, and so many of the rest."""
        count = self.count()
        for serial in Serial.objects.in_stock(count.store).filter(product__in=count.products_in_scope()):
            count_scan(count, serial.number, staff=self.staff)

    @step()
    def review_count(self):
        count = self.count()
        scans = CountScan.objects.filter(count=count, undone_at=None).order_by("pk")
        match self.number(1, 5):
            case 1:
                found = result_of(count).products
                accept(count, {one.product.pk: one.signature for one in found}, staff=self.staff)
            case 2:
                recount(count, self.product(), staff=self.staff)
            case 3:
                confirm_new(self.one(scans), product=self.product(), staff=self.staff)
            case 4:
                set_aside(self.one(scans), staff=self.staff)
            case 5:
                set_counted_quantity(self.one(scans), self.number(0, 4), staff=self.staff)

    @step()
    def settle_count(self):
        count = self.count()
        if self.chance(4):
            cancel_count(count, staff=self.staff)
            return
        found = result_of(count).undecided
        accept(count, {one.product.pk: one.signature for one in found}, staff=self.staff)
        post_count(count, staff=self.staff)
