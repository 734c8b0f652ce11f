"""Money and taxes: how people paid, what is owed to the tax office, what was counted at closing."""

from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from microbiz.reports import figures
from microbiz.reports.filters import StaffFilter, TimeFilter
from microbiz.reports.report import SALES, Reader, Report
from microbiz.reports.tables import STORE, Column, Kind, LazyRows, Row, Table, on_the_wall
from register.models import Payment, Sale, ShiftCount

NO_PRODUCTS = ("category", "vendor", "product")


class MoneyFilter(StaffFilter):
    """Money is paid for whole sales, not for products."""

    without = NO_PRODUCTS
    at_path = "sale__completed_at"


def _payments() -> QuerySet:
    """Money that passed for completed sales."""
    paid = Payment.objects.filter(sale__status=Sale.Status.COMPLETED)
    return paid.annotate(at_store=F("sale__store"), by_staff=F("staff"))


def payments(found: MoneyFilter, reader: Reader) -> Table:
    """What came in and went out by each way to pay, deposits included; as counted towards sales, without change."""
    sums: dict[tuple, list[int]] = {}
    for part in found.parts([_payments()]):
        rows = (
            part.lines.order_by()
            .values("method__position", "method__name")
            .annotate(
                n=Count("pk"), taken=Sum("amount", filter=Q(amount__gt=0)), paid=Sum("amount", filter=Q(amount__lt=0))
            )
            .values_list("method__position", "method__name", "n", "taken", "paid")
        )
        for *method, n, taken, paid in rows:
            known = sums.setdefault(tuple(method), [0, 0, 0])
            sums[tuple(method)] = [known[0] + n, known[1] + (taken or 0), known[2] + (paid or 0)]
    rows_ = [
        {"name": name, "n": n, "taken": taken, "paid": paid, "net": taken + paid}
        for (_position, name), (n, taken, paid) in sorted(sums.items())
    ]
    most = max((row["net"] for row in rows_), default=0)
    for row in rows_:
        row["bar"] = row["net"] / most if most > 0 else 0
    columns = [
        Column("name", gettext_lazy("Payment method")),
        Column("bar", gettext_lazy("Share"), Kind.BAR, is_wide=True),
        Column("n", gettext_lazy("Payments"), Kind.COUNT),
        Column("taken", gettext_lazy("Taken"), Kind.MONEY),
        Column("paid", gettext_lazy("Paid out"), Kind.MONEY),
        Column("net", gettext_lazy("Net"), Kind.MONEY, is_strong=True),
    ]
    return Table(columns, rows_, _sums(rows_, "n", "taken", "paid", "net"))


def _sums(rows: list[dict], *names: str) -> Row:
    return {name: sum(row[name] for row in rows) for name in names}


class TaxFilter(TimeFilter):
    """The tax office asks by store and period."""

    without = NO_PRODUCTS


def taxes(found: TaxFilter, reader: Reader) -> Table:
    """Each tax of each store: what was taxed and the tax on it, as the receipts say, sold and come back apart."""
    stores = {store.pk: str(store) for store in found.stores}
    sums: dict[tuple, list[int]] = {}
    for part in found.parts(figures.taxes()):
        by = ("at_store", "name", "rate", "is_inclusive")
        for *key, base, amount, base_back, amount_back in (
            part.lines.order_by()
            .values(*by)
            .annotate(
                sum_base=Sum("base", filter=Q(is_back=False)),
                sum_amount=Sum("amount", filter=Q(is_back=False)),
                back_base=Sum("base", filter=Q(is_back=True)),
                back_amount=Sum("amount", filter=Q(is_back=True)),
            )
            .values_list(*by, "sum_base", "sum_amount", "back_base", "back_amount")
        ):
            known = sums.get(tuple(key), [0, 0, 0, 0])
            new = [base, amount, base_back, amount_back]
            sums[tuple(key)] = [before + (more or 0) for before, more in zip(known, new, strict=True)]
    rows = [
        {
            "store": stores[store],
            "name": name,
            "rate": f"{rate / 1000:g}%",
            "how": _("contained") if is_inclusive else _("added"),
            "sold_base": base,
            "sold_tax": tax,
            "back_base": back_base,
            "back_tax": back_tax,
            "base": base + back_base,
            "tax": tax + back_tax,
        }
        for (store, name, rate, is_inclusive), (base, tax, back_base, back_tax) in sums.items()
    ]
    rows.sort(key=lambda row: (row["store"], row["name"], row["rate"], row["how"]))
    columns = [
        STORE,
        Column("name", gettext_lazy("Tax")),
        Column("rate", gettext_lazy("Rate")),
        Column("how", gettext_lazy("In the price"), is_wide=True),
        Column("sold_base", gettext_lazy("Sales taxed"), Kind.MONEY, is_wide=True),
        Column("sold_tax", gettext_lazy("Tax on sales"), Kind.MONEY, is_wide=True),
        Column("back_base", gettext_lazy("Returns taxed"), Kind.MONEY, is_wide=True),
        Column("back_tax", gettext_lazy("Tax on returns"), Kind.MONEY, is_wide=True),
        Column("base", gettext_lazy("Taxed"), Kind.MONEY),
        Column("tax", gettext_lazy("Tax due"), Kind.MONEY, is_strong=True),
    ]
    # A sale with two taxes is taxed twice, so what was taxed has no sum over the taxes.
    return Table(columns, rows, _sums(rows, "sold_tax", "back_tax", "tax"))


class CloseOutFilter(StaffFilter):
    """Who closed the register; no products are counted there."""

    without = NO_PRODUCTS


def close_outs(found: CloseOutFilter, reader: Reader) -> Table:
    """Each way to pay of each register that was closed in the period: what should be there, what was, and why not."""
    counts = ShiftCount.objects.annotate(
        at=F("shift__closed_at"), at_store=F("shift__register__store"), by_staff=F("shift__closed_by")
    )
    asked = found.during(counts).select_related("shift__register__store", "shift__closed_by", "method")
    sums = asked.order_by().aggregate(Sum("expected"), Sum("counted"))
    expected, counted = sums["expected__sum"] or 0, sums["counted__sum"] or 0
    columns = [
        Column(
            "at", gettext_lazy("Closed"), Kind.MOMENT, url=lambda row: reverse("register:report", args=[row["shift"]])
        ),
        STORE,
        Column("register", gettext_lazy("Register")),
        Column("staff", gettext_lazy("Closed by"), is_wide=True),
        Column("method", gettext_lazy("Payment method")),
        Column("expected", gettext_lazy("Expected"), Kind.MONEY, is_wide=True),
        Column("counted", gettext_lazy("Counted"), Kind.MONEY, is_wide=True),
        Column("variance", gettext_lazy("Variance"), Kind.MONEY, is_strong=True),
        Column("reason", gettext_lazy("Reason"), is_wide=True),
    ]
    rows = LazyRows(asked.order_by("-at", "-shift", "method__position", "pk"), _close_out_rows)
    return Table(columns, rows, {"expected": expected, "counted": counted, "variance": counted - expected})


def _close_out_rows(counts) -> list[Row]:
    return [
        {
            "at": on_the_wall(count.shift.closed_at, count.shift.register.store),
            "shift": count.shift_id,
            "store": str(count.shift.register.store),
            "register": str(count.shift.register),
            "staff": str(count.shift.closed_by),
            "method": str(count.method),
            "expected": count.expected,
            "counted": count.counted,
            "variance": count.variance,
            "reason": count.reason,
        }
        for count in counts
    ]


REPORTS = [
    Report(
        "payments",
        gettext_lazy("Payments"),
        gettext_lazy("How people paid and were paid out, with deposits, by payment method."),
        SALES,
        MoneyFilter,
        payments,
    ),
    Report(
        "taxes",
        gettext_lazy("Taxes"),
        gettext_lazy("What was taxed and the tax on it, by store, tax and rate, to the cent as on the receipts."),
        SALES,
        TaxFilter,
        taxes,
    ),
    Report(
        "close-outs",
        gettext_lazy("Close-outs"),
        gettext_lazy("What should be in the registers at closing, and what was."),
        SALES,
        CloseOutFilter,
        close_outs,
    ),
]
