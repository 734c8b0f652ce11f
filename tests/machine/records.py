"""Steps with the record itself: numbers, holds, fixes, corrections and policies."""

from django.apps import apps

from inventory.models import Product
from inventory.operations import change_tracking
from serials.differences import balances
from serials.fix_operations import move_record, record_shelf, say_gone, undo_fix
from serials.late_operations import correct, name_late
from serials.models import Fix, Serial, SerializedLine
from serials.operations import attach
from serials.policy import Moment
from settings_app.models import SerialTracking
from tests.machine.shop import NothingThere, Walk, step


def lines(*, is_open) -> list[SerializedLine]:
    """The lines of every kind of document, those that are open for their serials or those that are not."""
    kinds = [model for model in apps.get_models() if issubclass(model, SerializedLine)]
    found = [line for model in kinds for line in model.objects.with_serials().order_by("pk")]
    return [line for line in found if line.product.is_tracked and line.is_open == is_open]


class Records(Walk):
    @step()
    def attach_to_anything(self):
        """Through the pop-up of any open line: choose, add new, take over, change the quantity."""
        line = self.one(lines(is_open=True))
        numbers = [serial.number for serial in self.some(line.attachable().order_by("pk"))]
        if self.chance():
            numbers += [serial.number for serial in line.serials]
        new = [self.new_number()] if self.chance(3) else []
        taking = numbers if self.chance() else []
        quantity = self.number(1, 3) if self.chance(3) else None
        attach(line, numbers + new, new=new, taking=taking, quantity=quantity, staff=self.staff)

    @step()
    def record_what_stands_there(self):
        record_shelf(self.product(tracked=True), self.store(), [self.new_number()], staff=self.staff)

    @step()
    def say_which_are_gone(self):
        serial = self.serial(state="in_stock")
        moment = self.one([Moment.SALE, Moment.ADJUST_OUT])
        say_gone(serial.product, serial.store, [serial], moment=moment, staff=self.staff)

    @step()
    def move_a_record(self):
        serial = self.serial(state="in_stock")
        move_record(serial.product, serial, self.store(), staff=self.staff)

    @step()
    def name_afterwards(self):
        line = self.one([line for line in lines(is_open=False) if line.missing])
        known = Serial.objects.filter(product=line.product).order_by("pk").values_list("number", flat=True)
        number = self.one([*known, self.new_number()])
        name_late(line, [number], new=[number] if self.chance() else [], staff=self.staff)

    @step()
    def correct_a_document(self):
        line = self.one([line for line in lines(is_open=False) if line.serials])
        known = Serial.objects.filter(product=line.product).order_by("pk").values_list("number", flat=True)
        number = self.one([*known, self.new_number()])
        correct(line, self.one(line.serials), number, is_new=self.chance(), reason="Misread", staff=self.staff)

    @step()
    def undo_a_fix(self):
        undo_fix(self.one(Fix.objects.order_by("pk")), staff=self.staff)

    @step()
    def change_a_policy(self):
        """To All Transactions Required only where no store has more serials than units: the promise counts from there.

        What disagreed before is for the list of differences. Elsewhere the preview tells of it, and nobody is kept from it.
        """
        product = self.one(Product.objects.order_by("pk"))
        tracking = self.one(SerialTracking.values)
        balances_now = balances([product], self.shop.stores).values()
        if tracking == SerialTracking.ALL and any(one.surplus for one in balances_now):
            raise NothingThere
        change_tracking(product, tracking, staff=self.staff)
