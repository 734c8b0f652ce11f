"""The first locks of everything that happens at a register: its shift, then the sale."""

from django.utils.translation import gettext as _

from microbiz.prepared import first, prepared
from register.errors import LineGone, SaleNotOpen, ShiftNotOpen
from register.models import Register, Sale, SaleLine, Shift


def lock_shift(register: Register) -> Shift:
    """The register's open shift, locked, or ShiftNotOpen."""
    shift = first(_lock_open_shift(register.pk))
    if shift is None:
        raise ShiftNotOpen(_("%(register)s is closed. Open it with a drawer balance first.") % {"register": register})
    return shift


@prepared
def _lock_open_shift(register):
    return Shift.objects.select_for_update().filter(register=register, closed_at__isnull=True)


def lock_sale_in_shift(sale: Sale) -> tuple[Sale, Shift | None]:
    """The sale, as `lock_sale`, and its register's open shift, if there is one, both locked: the shift first.

    A sale in hand is nearly always of that shift, and both are locked by one statement.
    """
    now = first(_lock_sale_and_shift(sale.pk))
    if now is not None:
        return _with_relations_of(sale, now), now.shift
    shift = (
        Shift.objects.select_for_update(of=("self",)).filter(closed_at__isnull=True, register__sales=sale.pk).first()
    )
    return lock_sale(sale), shift


@prepared
def _lock_sale_and_shift(sale):
    both = Sale.objects.select_related("shift").select_for_update(of=("shift", "self"))
    return both.filter(pk=sale, shift__closed_at__isnull=True)


def lock_sale(sale: Sale) -> Sale:
    """The sale as it is now, locked, in whatever status.

    Its store, register and customer are the caller's where they are still the same ones: nothing is decided by them.
    """
    # Without joins: a locking query that waited and joins finds no row when the waited-for change moved a foreign key.
    return _with_relations_of(sale, Sale.objects.select_for_update().get(pk=sale.pk))


def _with_relations_of(sale: Sale, now: Sale) -> Sale:
    for name in ("store", "register", "customer"):
        field = Sale._meta.get_field(name)
        if field.is_cached(sale) and getattr(sale, field.attname) == getattr(now, field.attname):
            setattr(now, name, getattr(sale, name))
    return now


def lock_open_sale(sale: Sale) -> Sale:
    """The sale as it is now, locked, or SaleNotOpen saying what became of it."""
    sale = lock_sale(sale)
    require_open(sale)
    return sale


def lock_line(line: SaleLine) -> SaleLine:
    """The line as it is now, its sale locked and open. Raises LineGone when it was removed."""
    sale = lock_open_sale(line.sale)
    found = (
        sale.lines.with_serials()
        .select_related("product", "returned_line__sale", "handed_line__hand_over__order")
        .filter(pk=line.pk)
        .first()
    )
    if found is None:
        raise LineGone(_("This line was removed from %(sale)s in the meantime.") % {"sale": sale})
    found.sale = sale
    return found


def require_open(sale: Sale) -> None:
    if sale.is_open:
        return
    texts: dict[str, str] = {
        Sale.Status.COMPLETED: _("This sale is already paid: receipt %(number)s."),
        Sale.Status.ON_HOLD: _("Sale %(number)s is on hold. Recall it to go on."),
        Sale.Status.VOIDED: _("Sale %(number)s was voided. Start a new one."),
    }
    raise SaleNotOpen(texts[sale.status] % {"number": sale.number}, sale)
