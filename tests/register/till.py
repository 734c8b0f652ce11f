"""An open till, for tests that sell."""

from dataclasses import dataclass
from uuid import uuid4

from register.models import Register, Sale, SaleLine, Shift
from register.operations import Tender, complete_sale, current_sale, open_shift, scan
from settings_app.models import Staff, Store
from tests import factories


@dataclass
class Till:
    """A register with an open shift, and somebody at it who may do everything."""

    store: Store
    register: Register
    shift: Shift
    staff: Staff

    @property
    def sale(self) -> Sale:
        return current_sale(self.register, staff=self.staff)

    def scan(self, *codes, **kwargs):
        """Scan codes one after another; the answer to the last."""
        for code in codes:
            result = scan(self.sale, code, staff=self.staff, **kwargs)
        return result

    def pay(self, sale=None, **kwargs):
        """Pay the sale in cash, exactly, or with the `tenders` given."""
        sale = sale or self.sale
        return pay(sale, **{"staff": self.staff, **kwargs})

    def sell(self, *codes):
        """Scan and pay; the completed sale."""
        self.scan(*codes)
        return self.pay()


def pay(sale: Sale, **kwargs) -> Sale:
    """Complete a sale, paid in cash, exactly, or with the `tenders` given."""
    kwargs.setdefault("tenders", exactly(sale))
    return complete_sale(sale, **{"key": uuid4(), **kwargs})


def exactly(sale: Sale) -> list[Tender]:
    sale.refresh_from_db()
    return [Tender(factories.cash(), sale.total)] if sale.total else []


def open_till(store=None, staff=None, opening_balance=10_000) -> Till:
    store = store or factories.StoreFactory()
    staff = staff or factories.AdminFactory()
    register = factories.RegisterFactory(store=store)
    return Till(store, register, open_shift(register, opening_balance=opening_balance, staff=staff), staff)


def lines(till: Till) -> list[SaleLine]:
    return list(till.sale.lines.with_serials())
