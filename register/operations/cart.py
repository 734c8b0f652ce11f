"""What happens to a sale before it is paid. Every change locks the sale and brings its totals up to date."""

from collections.abc import Collection
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.models import Product
from microbiz.money import apportion, format_money, half_up, scaled
from microbiz.prepared import first, prepared
from microbiz.transactions import operation, part_of_a_posting
from orders.models import Customer
from orders.operations import create_customer
from register.errors import (
    CustomerMissing,
    NothingToSell,
    OverrideNotAllowed,
    PriceMissing,
    ProductArchived,
    ReasonMissing,
    SaleNotOpen,
    SaleStillOpen,
    WrongAmount,
)
from register.models import Override, Register, Sale, SaleLine, SaleLineSerial, Shift
from register.operations.locks import lock_line, lock_open_sale, lock_sale, lock_shift
from register.operations.orders import (
    give_back_all,
    give_back_units,
    let_go_without_lines,
    require_ordered,
    require_own_orders,
)
from register.operations.returns import price_return, require_left
from register.operations.totals import line_taxes, rates_of, require_quantity, retotal, set_line_amounts
from serials.models import Serial
from serials.operations import attach, release, serials_staying
from settings_app.models import ShopSettings, Staff
from settings_app.operations import next_number


@operation
def current_sale(register: Register, *, staff: Staff) -> Sale:
    """The register's open sale, made when there is none. Raises ShiftNotOpen.

    A sale that was still open when the register was closed goes on in the new shift.
    """
    return _begin_or_go_on(register, staff)


@part_of_a_posting
def lock_sale_in_hand(shift: Shift, *, staff: Staff) -> Sale:
    """As `current_sale` of the register of a shift that was open a moment ago, locked."""
    register = shift.register
    sale = first(_lock_sale_in(register.pk, shift.pk)) if shift.has_sale_in_hand else None
    sale = sale or _begin_or_go_on(register, staff)
    sale.register, sale.store = register, register.store
    return sale


@prepared
def _lock_sale_in(register, shift):
    return Sale.objects.filter(register=register, shift=shift, status=Sale.Status.OPEN).select_for_update()


def _begin_or_go_on(register: Register, staff: Staff) -> Sale:
    shift = lock_shift(register)
    sale = first(_lock_sale_at(register.pk))
    if sale is None:
        sale = Sale.objects.create(
            number=next_number(register.prefix), store=register.store, register=register, shift=shift, staff=staff
        )
        sale.is_just_begun = True
    elif sale.shift_id != shift.pk:
        sale.shift = shift
        sale.save(update_fields=["shift"])
    return sale


@prepared
def _lock_sale_at(register):
    at_register = Sale.objects.filter(register=register, status=Sale.Status.OPEN).select_related("store", "register")
    return at_register.select_for_update(of=("self",))


@operation
def add_product(sale: Sale, product: Product, *, quantity: int = 1, price: int | None = None, staff: Staff) -> SaleLine:
    """Put units of a product on an open sale, at `price` or its own, and return their line.

    An untracked product raises its plain line of the same price; lines of products with serials never merge.
    Raises ProductArchived, PriceMissing, WrongAmount or SaleNotOpen.
    """
    sale = lock_open_sale(sale)
    return _retotalled(new_line(sale, product, quantity=quantity, price=price))


def new_line(sale: Sale, product: Product, *, quantity: int = 1, price: int | None = None) -> SaleLine:
    """As `add_product`, on a locked sale and without new totals."""
    if product.is_archived:
        raise ProductArchived(
            _("%(product)s is archived and no longer sold. Take it out of the archive to sell it.")
            % {"product": product.name}
        )
    price = product.price if price is None else price
    if price is None:
        raise PriceMissing(_("%(product)s has no price. Type what it costs.") % {"product": product.name}, product)
    if price < 0:
        raise WrongAmount(_("A price is never negative. Use Return to take goods back."))
    if not (product.is_tracked and ShopSettings.load().serial_numbers_enabled):
        plain = sale.lines.filter(product=product, kind=SaleLine.Kind.SALE, unit_price=price, discount=0)
        line = plain.filter(order_line__isnull=True).last()
        if line is not None:
            require_quantity(line.quantity + quantity)
            line.product = product
            line.quantity += quantity
            line.save(update_fields=["quantity"])
            return line
    require_quantity(quantity)
    line = SaleLine(
        sale=sale,
        product=product,
        name=product.name,
        sku=product.sku,
        quantity=quantity,
        unit_price=price,
        cost=product.cost,
    )
    set_line_amounts(line, line_taxes(line, rates_of(sale, [line])[product.tax_class_id]))
    line.save(force_insert=True)
    return line


@operation
def set_quantity(line: SaleLine, quantity: int, *, staff: Staff, detach: Collection[Serial] = ()) -> SaleLine | None:
    """Set a line's units; 0 removes it, and None is returned.

    A discount keeps its share of the price. Where fewer units than serials remain, `detach` says which serials
    leave, or TooManySerials asks. A return by receipt is limited to what is not yet back (NotReturnable).
    """
    line = lock_line(line)
    if quantity == 0:
        remove_line(line, staff=staff)
        return None
    require_quantity(quantity)
    if quantity > line.quantity:
        _require_may_take_in(line, staff)
    staying = serials_staying(line, quantity, leaving=detach)
    if line.has_origin:
        require_left(line, quantity)
    require_ordered(line, quantity)
    if line.order_line_id:
        give_back_units(line, [serial for serial in line.serials if serial.number not in staying], staff=staff)
    elif len(staying) != line.attached:
        attach(line, staying, staff=staff, place=line.sale.register.name)
    line.discount = scaled(line.discount, quantity, line.quantity)
    line.quantity = quantity
    if line.has_origin:
        price_return(line)
    line.save(update_fields=["quantity", "discount", "tax", "total"])
    return _retotalled(line)


@operation
def change_price(line: SaleLine, price: int, *, reason: str, staff: Staff) -> SaleLine:
    """Sell a line's units at another price, and record who did so and why. A discount keeps its share."""
    line = lock_line(line)
    _require_priced_here(line)
    _require_may_take_in(line, staff)
    if price < 0:
        raise WrongAmount(_("A price is never negative. Use Return to take goods back."))
    detail = _("%(product)s: %(before)s to %(after)s") % {
        "product": line.name[:120],
        "before": _money(line.unit_price),
        "after": _money(price),
    }
    line.discount = scaled(line.discount, price, line.unit_price)
    line.unit_price = price
    line.save(update_fields=["unit_price", "discount"])
    _record(Override.Kind.PRICE, line.sale, line, reason, detail, staff)
    return _retotalled(line)


@operation
def discount_line(
    line: SaleLine, *, amount: int | None = None, percent: Decimal | None = None, reason: str, staff: Staff
) -> SaleLine:
    """Give one line a discount in place of the one it has: an amount for the whole line, or a percentage. 0 ends it."""
    line = lock_line(line)
    _require_priced_here(line)
    if line.is_trade_in:
        raise WrongAmount(
            _("%(product)s is a trade-in: there is no discount on what we pay. Change its price instead.")
            % {"product": line.name}
        )
    full = line.unit_price * line.quantity
    discount = _discount(full, amount, percent)
    detail = _("%(product)s: −%(discount)s of %(full)s") % {
        "product": line.name[:120],
        "discount": _money(discount),
        "full": _money(full),
    }
    line.discount = discount
    line.save(update_fields=["discount"])
    _record(Override.Kind.DISCOUNT, line.sale, line, reason, detail, staff)
    return _retotalled(line)


@operation
def discount_sale(
    sale: Sale, *, amount: int | None = None, percent: Decimal | None = None, reason: str, staff: Staff
) -> Sale:
    """Give a discount on everything that is being sold, on top of the lines' own; 0 ends every discount.

    It is apportioned over the lines by what each costs, largest remainder first, so the parts sum to it exactly.
    """
    sale = lock_open_sale(sale)
    lines = list(sale.lines.select_related("product", "order_line"))
    sold = [line for line in lines if line.is_sale]
    full = sum(line.net for line in sold)
    discount = _discount(full, amount, percent)
    if discount:
        for line, share in zip(sold, apportion(discount, [line.net for line in sold]), strict=True):
            line.discount += share
    else:
        for line in sold:
            line.discount = 0
    SaleLine.objects.bulk_update(sold, ["discount"])
    detail = _("Sale: −%(discount)s of %(full)s") % {"discount": _money(discount), "full": _money(full)}
    _record(Override.Kind.DISCOUNT, sale, None, reason, detail, staff)
    retotal(sale, lines)
    return sale


@operation
def remove_line(line: SaleLine, *, staff: Staff) -> Sale:
    """Take a line off an open sale and let its units go."""
    line = lock_line(line)
    if line.order_line_id:
        give_back_units(line, line.serials, staff=staff)
    elif line.attached:
        attach(line, [], staff=staff)
    line.delete()
    if line.order_line_id:
        let_go_without_lines(line.sale, line.order_line.order, staff=staff)
    retotal(line.sale)
    return line.sale


@operation
def set_customer(sale: Sale, customer: Customer | None, *, staff: Staff) -> Sale:
    """Say whose sale it is, or (None) that nobody gave a name.

    Raises CustomerMissing while a trade-in needs it, OtherCustomer while an order on the sale is somebody else's.
    """
    sale = lock_open_sale(sale)
    require_own_orders(sale, customer)
    if customer is None and sale.lines.filter(kind=SaleLine.Kind.TRADE_IN).exists():
        raise CustomerMissing(_("A trade-in is bought from somebody. Choose another customer, or remove it first."))
    sale.customer = customer
    sale.save(update_fields=["customer"])
    return sale


@operation
def set_new_customer(sale: Sale, *, staff: Staff, **fields: str) -> Sale:
    """Add a customer with these fields and sell to them, both or neither. Raises as `set_customer`."""
    sale = lock_open_sale(sale)
    return set_customer(sale, create_customer(**fields), staff=staff)


@operation
def hold_sale(sale: Sale, *, note: str = "", staff: Staff) -> Sale:
    """Put a sale aside, so that the register is free for another. Its units stay held. Raises NothingToSell."""
    sale = lock_open_sale(sale)
    if sale.is_empty:
        raise NothingToSell(_("There is nothing on this sale to hold. Scan something first."))
    sale.status = Sale.Status.ON_HOLD
    sale.note = note
    sale.save(update_fields=["status", "note"])
    return sale


@operation
def recall_sale(sale: Sale, *, register: Register, staff: Staff) -> Sale:
    """Go on with a held sale, at any register of its store that has no open sale with lines.

    Raises ShiftNotOpen, SaleStillOpen, or SaleNotOpen when somebody else recalled or voided it first.
    """
    shift = lock_shift(register)
    waiting = Sale.objects.select_for_update().filter(register=register, status=Sale.Status.OPEN).first()
    if waiting is not None and waiting.pk != sale.pk:
        if not waiting.is_empty:
            raise SaleStillOpen(
                _("Sale %(number)s is open at %(register)s. Complete it, hold it or void it first.")
                % {"number": waiting.number, "register": register}
            )
        _void(waiting, note=_("Nothing was sold"), staff=staff)
    sale = lock_sale(sale)
    if sale.status != Sale.Status.ON_HOLD or sale.store_id != register.store_id:
        raise SaleNotOpen(
            _("Sale %(number)s is not on hold here: %(status)s, %(register)s, %(store)s.")
            % {
                "number": sale.number,
                "status": sale.get_status_display(),
                "register": sale.register,
                "store": sale.store,
            },
            sale,
        )
    sale.status = Sale.Status.OPEN
    sale.register, sale.shift, sale.staff = register, shift, staff
    sale.save(update_fields=["status", "register", "shift", "staff"])
    return sale


@operation
def void_sale(sale: Sale, *, reason: str, staff: Staff) -> Sale:
    """Give an unpaid sale up, open or on hold: its units are let go, its number stays as a voided one.

    What came from customer orders goes back to them, with its units.
    Returns on it no longer count, so the goods can be taken back on another sale. Raises SaleNotOpen once it is
    paid or voided.
    """
    sale = lock_sale(sale)
    if sale.status not in (Sale.Status.OPEN, Sale.Status.ON_HOLD):
        text = _("Sale %(number)s is %(status)s, so it cannot be voided.")
        if sale.is_completed:
            text = _("Sale %(number)s is paid, so it cannot be voided. Take the goods back with Return.")
        raise SaleNotOpen(text % {"number": sale.number, "status": sale.get_status_display()}, sale)
    if not reason.strip():
        raise ReasonMissing(_("Say why sale %(number)s is voided.") % {"number": sale.number})
    return _void(sale, note=reason.strip(), staff=staff)


def _void(sale: Sale, *, note: str, staff: Staff) -> Sale:
    give_back_all(sale, staff=staff)
    release(sale)
    SaleLineSerial.objects.filter(line__sale=sale, returned_link__isnull=False).update(returned_link=None)
    sale.status = Sale.Status.VOIDED
    sale.voided_at = timezone.now()
    sale.note = note[:200]
    sale.staff = staff
    sale.save(update_fields=["status", "voided_at", "note", "staff"])
    return sale


def _retotalled(line: SaleLine) -> SaleLine:
    retotal(line.sale)
    line.refresh_from_db(fields=["quantity", "unit_price", "discount", "tax", "total"])
    return line


def _require_priced_here(line: SaleLine) -> None:
    if line.has_origin:
        raise WrongAmount(
            _("%(product)s goes back for what receipt %(number)s says, so its price is settled.")
            % {"product": line.name, "number": line.origin_document.number}
        )


def _require_may_take_in(line: SaleLine, staff: Staff) -> None:
    """More units or another price on a return without a receipt or a trade-in are such a one again."""
    is_without = line.is_return and not line.has_origin
    if is_without and not staff.has_perm("register.return_without_receipt"):
        raise OverrideNotAllowed(
            _("%(product)s comes back without a receipt. Ask somebody who may take it back.") % {"product": line.name}
        )
    if line.is_trade_in and not staff.has_perm("register.trade_in"):
        raise OverrideNotAllowed(
            _("%(product)s is a trade-in. Ask somebody who may buy from customers.") % {"product": line.name}
        )


def _discount(full: int, amount: int | None, percent: Decimal | None) -> int:
    discount = half_up(Decimal(full) * Decimal(percent) / 100) if percent is not None else amount
    if discount is None or not 0 <= discount <= full:
        raise WrongAmount(
            _("A discount is between 0 and the price, %(full)s; not %(discount)s.")
            % {"full": _money(full), "discount": _money(discount or 0)}
        )
    return discount


def _record(kind: str, sale: Sale, line: SaleLine | None, reason: str, detail: str, staff: Staff) -> None:
    if not reason.strip():
        raise ReasonMissing(_("Say why: the reason is kept with the sale."))
    Override.objects.create(
        sale=sale, line=line, kind=kind, reason=reason.strip()[:200], detail=detail[:200], staff=staff
    )


def _money(amount: int) -> str:
    return format_money(amount, ShopSettings.load().currency)
