"""Finding transfers by what people have in hand, and saying where units in transit are."""

from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Product, StockLevel
from inventory.scans import read_scan
from microbiz.lookups import Found
from microbiz.offers import Offer
from serials.models import Serial
from serials.numbers import number_key
from serials.policy import State
from settings_app.models import Store
from transfers.models import ArrivalLine, Outcome, Transfer, TransferLine

NEW = "/transfers/new/"
MOST_ON_THE_WAY = 5


def transfers_found_by(transfers: QuerySet, text: str) -> QuerySet:
    """The transfers that somebody means by `text`: number, note, a serial number or a product on them."""
    scan = read_scan(text)
    keys = {number_key(part) for part in (scan.text, scan.serial) if part} - {""}
    with_serial = TransferLine.objects.filter(serial_links__serial__number_key__in=keys).values("transfer")
    with_product = TransferLine.objects.filter(product__in=Product.objects.found_by(scan.text)).values("transfer")
    return transfers.filter(
        Q(number__icontains=scan.text) | Q(note__icontains=scan.text) | Q(pk__in=with_serial) | Q(pk__in=with_product)
    )


def to_do_first(transfers: QuerySet, store: Store | None) -> QuerySet:
    """What this store is to receive, then what it is to send, then what is on the road, newest first."""
    here = store.pk if store else None
    turn = Case(
        When(status=Transfer.Status.SENT, to_store=here, then=Value(0)),
        When(status=Transfer.Status.DRAFT, from_store=here, then=Value(1)),
        When(status__in=[Transfer.Status.SENT, Transfer.Status.DRAFT], then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return transfers.annotate(turn=turn).order_by("turn", "-pk")


def with_units(transfers: QuerySet) -> QuerySet:
    """Adds how many `units` each transfer has, and how many of them are `on_the_way`."""
    lines = TransferLine.objects.filter(transfer=OuterRef("pk")).order_by().values("transfer")
    waiting = (
        ArrivalLine.objects.unposted()
        .filter(transfer=OuterRef("pk"), outcome=Outcome.ARRIVED)
        .order_by()
        .values("transfer")
    )
    total = Sum("quantity")
    return transfers.annotate(
        units=Coalesce(Subquery(lines.annotate(units=total).values("units")), 0),
        on_the_way=Coalesce(Subquery(waiting.annotate(units=total).values("units")), 0),
    )


def find_transfers(code: str, staff) -> list[Found]:
    """For the look-up in the header: the transfer with this number."""
    if not staff.has_perm("transfers.view_transfer"):
        return []
    number = read_scan(code).text
    found = Transfer.objects.for_staff(staff).filter(number=number.upper()).select_related("from_store", "to_store")
    return [
        Found(_("Transfer"), one.number, in_words(one), one.get_absolute_url(), "arrows-left-right")
        for one in found
        if number
    ]


def in_words(transfer: Transfer) -> str:
    return _("%(status)s, from %(sender)s to %(receiver)s") % {
        "status": transfer.get_status_display(),
        "sender": transfer.from_store,
        "receiver": transfer.to_store,
    }


def offers_on_unit(serial: Serial, *, store: Store | None, staff) -> list[Offer]:
    """Of a unit in transit the transfer that it is on; one at another store can be asked for."""
    if serial.state != State.IN_TRANSIT:
        return offers_elsewhere(serial, store=store, staff=staff)
    event = serial.events.first()
    transfer = (
        Transfer.objects.in_transit()
        .filter(pk=event.document_id, number=event.document)
        .select_related("from_store", "to_store")
        .first()
    )
    if transfer is None:
        return []
    text = _("On %(number)s from %(sender)s to %(receiver)s") % {
        "number": transfer.number,
        "sender": transfer.from_store,
        "receiver": transfer.to_store,
    }
    is_mine = Transfer.objects.for_staff(staff).filter(pk=transfer.pk).exists()
    may_see = is_mine and staff.has_perm("transfers.view_transfer")
    return [Offer(text, _("Open the transfer"), transfer.get_absolute_url() if may_see else "")]


def offers_elsewhere(serial: Serial, *, store: Store | None, staff) -> list[Offer]:
    """A unit that stands at another store than this one can be asked for. Asks the database nothing."""
    is_elsewhere = serial.state == State.IN_STOCK and store is not None and serial.store_id != store.pk
    if not is_elsewhere or not staff.has_perm("transfers.add_transfer"):
        return []
    text = _("In stock at %(store)s") % {"store": serial.store}
    return [Offer(text, _("Request a transfer"), f"{NEW}?unit={serial.pk}&to_store={store.pk}")]


def offers_of_stock(level: StockLevel, *, store: Store | None, staff) -> list[Offer]:
    """Units of a product that stand at another store can be asked for. Asks the database nothing."""
    is_elsewhere = store is not None and level.store_id != store.pk and level.on_hand > 0
    if not is_elsewhere or not staff.has_perm("transfers.add_transfer"):
        return []
    address = f"{NEW}?product={level.product_id}&from_store={level.store_id}&to_store={store.pk}"
    return [Offer("", _("Request a transfer"), address)]


def offers_on_the_way(product: Product, *, store: Store | None, staff) -> list[Offer]:
    """Where units of a product are in transit, the oldest first; a few, since the list has them all."""
    waiting = ArrivalLine.objects.unposted().filter(product=product, outcome=Outcome.ARRIVED, quantity__gt=0)
    lines = waiting.filter(transfer__status=Transfer.Status.SENT).select_related(
        "transfer__from_store", "transfer__to_store"
    )
    mine = {one.pk for one in staff.stores_allowed()} if staff.has_perm("transfers.view_transfer") else set()
    return [
        Offer(
            ngettext(
                "%(count)d in transit on %(number)s from %(sender)s to %(receiver)s",
                "%(count)d in transit on %(number)s from %(sender)s to %(receiver)s",
                line.quantity,
            )
            % {
                "count": line.quantity,
                "number": line.transfer.number,
                "sender": line.transfer.from_store,
                "receiver": line.transfer.to_store,
            },
            _("Open the transfer"),
            line.transfer.get_absolute_url() if mine & {line.transfer.from_store_id, line.transfer.to_store_id} else "",
        )
        for line in lines.order_by("pk")[:MOST_ON_THE_WAY]
    ]
