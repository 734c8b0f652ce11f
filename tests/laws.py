"""What holds after any sequence of operations, whoever did them and in whatever order.

Call `check_laws()` at the end of a test. Each broken law is told with the record that breaks it.
"""

from collections import defaultdict

from django.apps import apps
from django.db.models import Count, Sum

from inventory.models import StockLevel, StockMovement
from orders.models import Customer, StoreCreditEntry
from register.models import Override, Payment, Sale, SaleLine, SaleTax
from serials.models import Serial, SerialEvent, SerialHold, SerializedLine
from serials.policy import STEPS, Moment, State
from settings_app.models import SerialTracking


def check_laws() -> None:
    """Assert every law, naming all that is broken at once."""
    broken = [*stock(), *whereabouts(), *holds(), *sales(), *returns(), *credit(), *promises()]
    assert not broken, "\n".join(broken)


def stock():
    """A stock level is the sum of its movements."""
    moved = {
        (row["store"], row["product"]): row["total"]
        for row in StockMovement.objects.order_by().values("store", "product").annotate(total=Sum("quantity"))
    }
    levels = {(level.store_id, level.product_id): level for level in StockLevel.objects.all()}
    for pair in moved.keys() | levels.keys():
        on_hand = levels[pair].on_hand if pair in levels else 0
        if on_hand != moved.get(pair, 0):
            yield f"store {pair[0]}, product {pair[1]}: level {on_hand}, movements {moved.get(pair, 0)}"
    for level in levels.values():
        if level.on_hand < 0 and not level.may_go_negative:
            yield f"{level} is below zero"


def whereabouts():
    """A unit's state and store are the replay of its events, each of which began where the one before ended."""
    events = defaultdict(list)
    for event in SerialEvent.objects.order_by("serial", "sequence"):
        events[event.serial_id].append(event)
    for serial in Serial.objects.all():
        own = events[serial.pk]
        if [event.sequence for event in own] != list(range(1, serial.sequence + 1)):
            yield f"{serial}: sequence {serial.sequence}, events {[event.sequence for event in own]}"
        if not own:
            if serial.state != State.EXPECTED:
                yield f"{serial} is {serial.state} without an event"
            continue
        state = State.EXPECTED
        for event in own:
            if event.kind == SerialEvent.Kind.RECORDED:
                wrong = event.sequence != 1 or event.state != State.IN_STOCK
            else:
                step = STEPS[Moment(event.kind)]
                wrong = state not in step.takes or event.state != step.leaves
            if wrong:
                yield f"{event}: from {state} to {event.state}"
            state = event.state
        if serial.state != state:
            yield f"{serial} is {serial.state}, its events say {state}"
        if serial.state == State.IN_STOCK and serial.store_id != own[-1].store_id:
            yield f"{serial} stands in store {serial.store_id}, its last event was in {own[-1].store_id}"
        if (serial.state == State.IN_STOCK) != (serial.store_id is not None):
            yield f"{serial} is {serial.state} in store {serial.store_id}"


def _is_unfinished(document):
    return document.is_open or getattr(document, "status", "") == Sale.Status.ON_HOLD


def holds():
    """A hold stands for a link on an unfinished document, and each link on one is held by it."""
    held = {}
    for hold in SerialHold.objects.all():
        line = apps.get_model(hold.line_type).objects.filter(pk=hold.line_id).first()
        if line is None or not _is_unfinished(line.document):
            yield f"{hold.serial} is held by {hold.document}, which is finished or gone"
        elif not line.serial_links.filter(serial=hold.serial).exists():
            yield f"{hold.serial} is held by {hold.document}, but is not on its line"
        held[hold.serial_id] = (hold.line_type, hold.line_id)
    for model in apps.get_models():
        if not issubclass(model, SerializedLine):
            continue
        for line in model.objects.prefetch_related("serial_links"):
            if not _is_unfinished(line.document):
                continue
            for link in line.serial_links.all():
                if held.get(link.serial_id) != (model._meta.label_lower, line.pk):
                    yield f"{link.serial} is on open {line.document}, which does not hold it"


def sales():
    """A sale's amounts are those of its lines; once paid, so are its payments, taxes and movements."""
    for sale in Sale.objects.exclude(status=Sale.Status.VOIDED).prefetch_related("lines__serial_links", "lines__taxes"):
        lines = list(sale.lines.all())
        if (sale.subtotal, sale.total) != (sum(line.net for line in lines), sum(line.total for line in lines)):
            yield f"{sale}: {sale.subtotal} and {sale.total} are not the sums of its lines"
        moved = StockMovement.objects.filter(document_type="register.sale", document_id=sale.pk)
        if not sale.is_completed:
            if moved.exists() or sale.payments.exists():
                yield f"{sale} is {sale.status} and moved goods or money"
            continue
        if (Payment.objects.filter(sale=sale).aggregate(Sum("amount"))["amount__sum"] or 0) != sale.total:
            yield f"{sale}: its payments are not its total, {sale.total}"
        if -sum(line.signed_quantity for line in lines) != (moved.aggregate(Sum("quantity"))["quantity__sum"] or 0):
            yield f"{sale}: its movements are not its lines"
        events = SerialEvent.objects.filter(document_type="register.sale", document_id=sale.pk).count()
        if events != sum(line.attached for line in lines):
            yield f"{sale}: {events} events for its serials"
        for line in lines:
            taxes = list(line.taxes.all())
            added = sum(tax.amount for tax in taxes if not tax.is_inclusive)
            if line.tax != abs(sum(tax.amount for tax in taxes)) or line.total != line.net + added:
                yield f"{sale}, {line}: tax {line.tax}, total {line.total}, taxes {taxes}"
    moving = StockMovement.objects.filter(document_type="register.sale").values("document_id")
    for sale in Sale.objects.filter(pk__in=moving).exclude(status=Sale.Status.COMPLETED):
        yield f"{sale} is {sale.status} and moved goods"


def returns():
    """No more comes back than was sold, and a line that is back entirely gave back exactly what it cost."""
    back = SaleLine.objects.filter(returned_line__isnull=False).exclude(sale__status=Sale.Status.VOIDED)
    sums = (
        back.order_by()
        .values("returned_line")
        .annotate(units=Sum("quantity"), discounts=Sum("discount"), totals=Sum("total"))
    )
    for row in sums:
        sold = SaleLine.objects.get(pk=row["returned_line"])
        if row["units"] > sold.quantity:
            yield f"{sold}: {row['units']} came back of {sold.quantity}"
        if row["units"] != sold.quantity:
            continue
        if (row["discounts"], -row["totals"]) != (sold.discount, sold.total):
            yield f"{sold}: sold for {sold.total}, came back for {-row['totals']}"
        for tax in sold.taxes.all():
            same = SaleTax.objects.filter(line__in=back.filter(returned_line=sold), name=tax.name, rate=tax.rate)
            if -(same.aggregate(Sum("amount"))["amount__sum"] or 0) != tax.amount:
                yield f"{sold}: {tax.name} was {tax.amount}, not what came back"


def credit():
    """A customer's store credit is the sum of its entries."""
    sums = dict(StoreCreditEntry.objects.order_by().values_list("customer").annotate(Sum("amount")))
    for customer in Customer.objects.exclude(store_credit=0) | Customer.objects.filter(pk__in=sums):
        if customer.store_credit != sums.get(customer.pk, 0):
            yield f"{customer}: {customer.store_credit} store credit, entries {sums.get(customer.pk, 0)}"


def promises():
    """Where every transaction requires serials and none was excused, there are no more serials than units."""
    excused = Override.objects.filter(kind=Override.Kind.SERIALS).values("line__product")
    counted = (
        Serial.objects.in_stock()
        .filter(product__serial_tracking=SerialTracking.ALL)
        .exclude(product__in=excused)
        .order_by()
        .values_list("store", "product")
        .annotate(Count("pk"))
    )
    levels = {(level.store_id, level.product_id): level.on_hand for level in StockLevel.objects.all()}
    for store, product, serials in counted:
        if serials > levels.get((store, product), 0):
            yield f"store {store}, product {product}: {serials} serials for {levels.get((store, product), 0)} units"
