"""One day at a glance: what each store sold beside the same weekday before, and what waits now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import Case, Count, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Abs, Coalesce, TruncHour
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inventory.models import Product, StockLevel
from microbiz.money import format_money
from microbiz.reports import charts, figures
from microbiz.reports.charts import Chart
from microbiz.reports.coming import travelling
from microbiz.reports.figures import Figures, Part, grouped, in_all
from microbiz.reports.periods import EVER, Period, by_zone, midnight
from microbiz.reports.report import SALES, STOCK
from microbiz.reports.tables import on_the_wall
from microbiz.reports.units import arrivals
from orders.models import CustomerOrder
from receiving.models import PurchaseOrder
from register.models import CashMovement, Payment, PaymentMethod, Register, Sale, Shift
from serials.differences import differing
from serials.models import SerialEvent
from settings_app.models import ShopSettings, Staff, Store
from transfers.models import Transfer, TransferLine

TODAY = "settings_app.view_today"
WEEK = timedelta(days=7)
USUAL_HOURS = (9, 17)  # shown even where nothing was sold
FEW = 3  # rows of a short list


class DayForm(forms.Form):
    """The day shown: today, or one before it."""

    day = forms.DateField(
        required=False,
        label=gettext_lazy("Day"),
        validators=[MinValueValidator(EVER)],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args, today: date, **options):
        super().__init__(*args, **options)
        self.today = today
        self.fields["day"].widget.attrs["max"] = today.isoformat()

    def clean_day(self):
        day = self.cleaned_data["day"]
        if day and day > self.today:
            raise forms.ValidationError(_("That day is still to come."))
        return day

    @property
    def chosen(self) -> date:
        return self.cleaned_data.get("day") or self.today


def today_at(staff: Staff, stores: Sequence[Store], day: date) -> dict[str, Any]:
    """The panels that this person's role shows, for these stores. A fixed number of queries.

    Who sees today's sales only, sees them of no other day. What is looked up for each unit comes after the page (`ages_at`).
    """
    sees_sales, sees_stock = staff.has_perm(SALES), staff.has_perm(STOCK)
    day = day if sees_sales else timezone.localdate()
    shown: dict[str, Any] = {
        "day": day,
        "day_before": max(day - timedelta(days=1), EVER),
        "day_after": day + timedelta(days=1),
        "is_today": day == timezone.localdate(),
    }
    if sees_sales or staff.has_perm(TODAY):
        shown |= {"sales": day_of_sales(stores, day), "tills": open_tills(stores), "registers": _registers(stores)}
    if sees_stock:
        shown["stock"] = stock_by_store(stores)
        if ShopSettings.load().serial_numbers_enabled:
            shown |= {"differences": differences(stores), "shows_ages": True}
    if staff.has_perm("transfers.view_transfer"):
        shown |= {"transit": in_transit(stores)}
    return shown | {"waiting": waiting(staff, stores)}


# --- Sales -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StoreDay:
    """One store's day beside the same weekday before; of today, up to the same time."""

    store: Store
    now: Figures
    before: Figures
    chart: Chart
    words: str  # the chart, for those who do not see it


@dataclass(frozen=True)
class DayOfSales:
    rows: Sequence[StoreDay]
    hours: tuple[int, int]  # first and last that the charts show
    before: date
    total: Figures

    @property
    def per_receipt(self) -> int | None:
        return round(self.total.net / self.total.receipts) if self.total.receipts else None


def day_of_sales(stores: Sequence[Store], day: date) -> DayOfSales:
    """Net sales by hour of each store's own clock. One query for each time zone."""
    sums: dict[tuple[int, date, int], Figures] = {}
    for zone, here in by_zone(stores).items():
        lines = figures.goods()
        until = _until(day, zone)
        then = Q(at__gte=midnight(day, zone), at__lt=until)
        then |= Q(at__gte=midnight(day - WEEK, zone), at__lt=until - WEEK)
        parts = [Part(one.filter(then, at_store__in=[store.pk for store in here]), zone) for one in lines]
        for (store, at), one in grouped(parts, "at_store", "hour", hour=TruncHour("at", tzinfo=zone)).items():
            sums[store, at.date(), at.hour] = sums.get((store, at.date(), at.hour), Figures()) + one
    hours = [hour for _store, _day, hour in sums]
    first, last = min([USUAL_HOURS[0], *hours]), max([USUAL_HOURS[1], *hours])
    values = [one.net for one in sums.values()]
    scale = (min([0, *values]), max([0, *values]))
    rows = [_store_day(store, day, sums, range(first, last + 1), scale) for store in stores]
    return DayOfSales(rows, (first, last), day - WEEK, in_all(row.now for row in rows))


def _until(day: date, zone: ZoneInfo):
    """The end of the day on that clock, or now, while it is not over."""
    now, (_start, end) = timezone.now().astimezone(zone), Period(day, day).bounds(zone)
    return min(now, end)


def _store_day(store: Store, day: date, sums, hours: range, scale: tuple[int, int]) -> StoreDay:
    def of(when: date) -> list[Figures]:
        return [sums.get((store.pk, when, hour), Figures()) for hour in hours]

    now, before = of(day), of(day - WEEK)
    clock = timezone.now().astimezone(ZoneInfo(store.time_zone))
    open_hour = clock.hour if clock.date() == day else None
    currency = ShopSettings.load().currency
    slots = [(f"{hour:02}:00", format_money(one.net, currency), one.net) for hour, one in zip(hours, now, strict=True)]
    chart = charts.draw(
        [(f"{label}, {amount}", value) for label, amount, value in slots],
        width=284,
        height=52,
        before=[one.net for one in before],
        scale=scale,
        open_slot=hours.index(open_hour) if open_hour in hours else None,
    )
    words = _("%(store)s, sales by hour: %(words)s") % {"store": store, "words": charts.in_words(slots)}
    return StoreDay(store, in_all(now), in_all(before), chart, words)


# --- Registers -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenTill:
    """A register that is open: since when on the store's clock, and the cash that should be in its drawer."""

    shift: Shift
    since: Any
    cash: int


def _registers(stores: Sequence[Store]) -> int:
    return Register.objects.filter(is_active=True, store__in=[store.pk for store in stores]).count()


def open_tills(stores: Sequence[Store]) -> list[OpenTill]:
    """The open registers of these stores. One query."""
    paid = Payment.objects.filter(
        sale__shift=OuterRef("pk"), sale__status=Sale.Status.COMPLETED, method__kind=PaymentMethod.Kind.CASH
    )
    moved = CashMovement.objects.filter(shift=OuterRef("pk"))
    shifts = (
        Shift.objects.filter(closed_at__isnull=True, register__store__in=[store.pk for store in stores])
        .select_related("register__store", "opened_by")
        .annotate(paid=_sum_of(paid, "sale__shift"), moved=_sum_of(moved, "shift"))
        .order_by("register__store__name", "register__name")
    )
    return [
        OpenTill(
            shift, on_the_wall(shift.opened_at, shift.register.store), shift.opening_balance + shift.paid + shift.moved
        )
        for shift in shifts
    ]


def _sum_of(rows: QuerySet, by: str):
    return Coalesce(Subquery(rows.order_by().values(by).annotate(sum=Sum("amount")).values("sum")), 0)


# --- Stock -----------------------------------------------------------------------------------------------------------


@dataclass
class StoreStock:
    """What stands in a store: all units, those of tracked products, and serials."""

    store: Store
    units: int = 0
    tracked: int = 0
    serials: int = 0


def stock_by_store(stores: Sequence[Store]) -> list[StoreStock]:
    """Units and serials of each store. One query."""
    found = {store.pk: StoreStock(store) for store in stores}
    levels = StockLevel.objects.filter(store__in=list(found)).order_by().values("store")
    tracked = Sum("on_hand", filter=~Q(product__serial_tracking="none"), default=0)
    for row in levels.annotate(units=Sum("on_hand"), tracked=tracked, known=Sum("serials")):
        one = found[row["store"]]
        one.units, one.tracked, one.serials = row["units"], row["tracked"], row["known"]
    return list(found.values())


@dataclass(frozen=True)
class Differences:
    """How many products and stores differ, by how many units, and the largest of them."""

    count: int
    units: int
    largest: Sequence[dict[str, Any]]


def differences(stores: Sequence[Store]) -> Differences:
    """Where units and serials do not agree. Two queries."""
    off = Abs(F("on_hand") - F("serials"))
    found = differing(stores).annotate(off=off)
    sums = found.aggregate(count=Count("pk"), units=Sum("off", default=0))
    largest = [
        {"product": one.product, "store": one.store, "lacks": one.serials < one.on_hand, "off": one.off}
        for one in found.order_by("-off", "product__name", "store__name", "pk")[:FEW]
    ]
    return Differences(sums["count"], sums["units"], largest)


@dataclass
class Age:
    """Units in stock for about as long, and the product of which there are most."""

    words: str
    units: int = 0
    cost: int = 0
    mostly: tuple[int, int] = (0, 0)  # units of one product, and its pk
    product: Product | None = None  # of which there are most
    share: float = 0  # of all units, in percent


@dataclass(frozen=True)
class Ages:
    rows: Sequence[Age]
    oldest: SerialEvent | None
    days: int  # of the oldest

    @property
    def units(self) -> int:
        return sum(row.units for row in self.rows)

    @property
    def cost(self) -> int:
        return sum(row.cost for row in self.rows)


def ages_at(stores: Sequence[Store]) -> Ages:
    """Units in stock by the days since they came in, by the calendar of the reader's store. Three queries.

    It takes the longer the more units there are.
    """
    today, zone = timezone.localdate(), timezone.get_current_timezone()
    came = arrivals().filter(serial__store__in=[store.pk for store in stores])
    ends = [midnight(today - timedelta(days=days), zone) for days in (30, 60, 90)]
    bucket = Case(
        *(When(at__gte=end, then=Value(at)) for at, end in enumerate(ends)),
        default=Value(3),
        output_field=IntegerField(),
    )
    rows = [Age(_("0 to 30")), Age(_("31 to 60")), Age(_("61 to 90")), Age(_("Over 90"))]
    first = None
    sums = came.annotate(bucket=bucket).values("bucket", "serial__product")
    for row in sums.annotate(n=Count("pk"), cost=Sum("serial__product__cost"), first=Min("at")):
        age = rows[row["bucket"]]
        age.units += row["n"]
        age.cost += row["cost"] or 0
        age.mostly = max(age.mostly, (row["n"], row["serial__product"]))
        first = min(first or row["first"], row["first"])
    units = sum(row.units for row in rows)
    products = Product.objects.in_bulk([row.mostly[1] for row in rows])
    for row in rows:
        row.share = round(100 * row.units / units, 1) if units else 0
        row.product = products.get(row.mostly[1])
    oldest = came.filter(at=first).select_related("serial").order_by("pk").first() if first else None
    days = (today - timezone.localdate(oldest.at)).days if oldest else 0
    return Ages(rows, oldest, days)


# --- On the way, and waiting -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Transit:
    """The transfers from or to these stores that are on their way, the longest first."""

    transfers: Sequence[Any]  # each with its units `sent` and those `left`, still to arrive

    @property
    def units(self) -> int:
        return sum(transfer.left for transfer in self.transfers)

    @property
    def longest(self) -> Sequence[Transfer]:
        return self.transfers[:FEW]


def in_transit(stores: Sequence[Store]) -> Transit:
    """One query: few transfers are on their way at once."""
    own = [store.pk for store in stores]
    lines = TransferLine.objects.filter(transfer=OuterRef("pk")).order_by().values("transfer")
    left = travelling().filter(transfer=OuterRef("pk")).order_by().values("transfer")
    found = (
        Transfer.objects.in_transit()
        .filter(Q(from_store__in=own) | Q(to_store__in=own))
        .select_related("from_store", "to_store")
        .annotate(
            sent=Coalesce(Subquery(lines.annotate(n=Sum("quantity")).values("n")), 0),
            left=Coalesce(Subquery(left.annotate(n=Sum("quantity")).values("n")), 0),
        )
        .order_by("sent_at", "pk")
    )
    transfers = list(found)
    for transfer in transfers:
        transfer.since = on_the_wall(transfer.sent_at, transfer.from_store)
        transfer.come = transfer.sent - transfer.left
    return Transit(transfers)


@dataclass(frozen=True)
class Waiting:
    """One kind of document that waits for somebody: how many, and how many of them for too long."""

    words: str
    late: str
    path: str


def waiting(staff: Staff, stores: Sequence[Store]) -> list[Waiting]:
    """What waits for the person's stores, of the kinds that they may see. One query for each kind."""
    own, today = [store.pk for store in stores], timezone.localdate()
    found = []
    if staff.has_perm("orders.view_customerorder"):
        orders = CustomerOrder.objects.filter(store__in=own, status=CustomerOrder.Status.OPEN)
        n, late = _counted(orders, Q(wanted_by__lte=today))
        words = ngettext("%(n)d customer order", "%(n)d customer orders", n)
        late_words = ngettext("%(n)d wanted by today", "%(n)d wanted by today", late)
        found.append((n, words, late, late_words, reverse("orders:orders")))
    if staff.has_perm("transfers.view_transfer"):
        asked = Transfer.objects.filter(
            Q(status=Transfer.Status.SENT, to_store__in=own) | Q(status=Transfer.Status.DRAFT, from_store__in=own)
        )
        n, requests = _counted(asked, Q(status=Transfer.Status.DRAFT))
        words = ngettext("%(n)d transfer to receive or send", "%(n)d transfers to receive or send", n)
        late_words = ngettext("%(n)d of them to send", "%(n)d of them to send", requests)
        found.append((n, words, requests, late_words, reverse("transfers:transfers")))
    if staff.has_perm("receiving.view_purchaseorder"):
        statuses = [PurchaseOrder.Status.SENT, PurchaseOrder.Status.PARTLY_RECEIVED]
        awaited = PurchaseOrder.objects.filter(store__in=own, status__in=statuses)
        n, late = _counted(awaited, Q(expected_on__lt=today))
        words = ngettext("%(n)d purchase order expected", "%(n)d purchase orders expected", n)
        late_words = ngettext("%(n)d late", "%(n)d late", late)
        found.append((n, words, late, late_words, reverse("reports:report", args=["expected"])))
    return [
        Waiting(words % {"n": n}, late_words % {"n": late} if late else "", path)
        for n, words, late, late_words, path in found
        if n
    ]


def _counted(documents: QuerySet, of_them: Q) -> tuple[int, int]:
    sums = documents.order_by().aggregate(n=Count("pk"), some=Count("pk", filter=of_them))
    return sums["n"], sums["some"]
