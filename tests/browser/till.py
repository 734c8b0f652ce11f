"""An open register in a browser window, and the fixtures of tests that sell there."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from register.models import PaymentMethod, Sale
from register.operations import Tender, complete_sale, current_sale, open_shift
from register.operations import scan as scan_into
from tests.browser.desk import Desk
from tests.factories import (
    AdminFactory,
    RegisterFactory,
    ShopSettingsFactory,
    StoreFactory,
    card,
    cash,
    store_credit,
)


class Till(Desk):
    """A browser window at an open register."""

    def __init__(self, page, register, staff):
        super().__init__(page)
        self.register, self.staff = register, staff
        page.goto("/register/")
        expect(self.box).to_be_focused()

    @property
    def box(self):
        return self.page.locator("#scan-code")

    def gives_price(self, price):
        """To a product that has none and asks for it."""
        expect(self.page.get_by_label("Price of one unit")).to_be_focused()
        self.page.keyboard.type(price)
        self.press("Enter")

    def opens_pop_up(self):
        """F2, and the pop-up for the serial numbers of the line waits for a scan."""
        self.press("F2")
        expect(self.page.locator("#pop-scan")).to_be_focused()

    def pays(self):
        """F10, and the payment screen is there with the amount in hand."""
        self.press("F10")
        expect(self.page.locator("#amount")).to_be_focused()

    def completed(self):
        expect(self.page.get_by_role("heading", name="is complete")).to_be_visible()
        return Sale.objects.filter(register=self.register, status="completed").latest("pk")

    def begins_anew(self):
        """Enter under what was paid, once it counts there, and the till is ready for the next sale."""
        expect(self.page.locator("[data-new-sale]:not([data-waits])")).to_be_visible()
        self.press("Enter")
        expect(self.page.get_by_text("Ready for the first scan")).to_be_visible()


@pytest.fixture
def harbor():
    ShopSettingsFactory()
    for position, method in enumerate([cash(), card(), store_credit()]):
        PaymentMethod.objects.filter(pk=method.pk).update(position=position)
    return StoreFactory(name="Harbor", time_zone="UTC")


@pytest.fixture
def staff(harbor):
    return AdminFactory(first_name="Cora", last_name="Cash")


@pytest.fixture
def at_till(new_page, staff, login, harbor):
    """Another window at another register of the store."""

    def opened(name="Till 1", by=staff, **context):
        register = RegisterFactory(store=harbor, name=name)
        open_shift(register, opening_balance=20_000, staff=by)
        page = login(new_page(**context), by, store=harbor, register_id=register.pk)
        return Till(page, register, by)

    return opened


def sold_elsewhere(harbor, staff, *codes):
    """A receipt from a register that this test does not look at."""
    register = RegisterFactory(store=harbor)
    open_shift(register, opening_balance=0, staff=staff)
    sale = current_sale(register, staff=staff)
    for code in codes:
        assert scan_into(sale, code, staff=staff).ok
    sale.refresh_from_db()
    return complete_sale(sale, tenders=[Tender(cash(), sale.total)], key=uuid4(), staff=staff)
