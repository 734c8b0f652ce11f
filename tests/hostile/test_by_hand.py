"""What a hostile or careless browser sends: posted by hand, not by our forms. Refused in words, never a crash."""

import pytest
from django.urls import reverse

from microbiz.incoming import NulMiddleware
from microbiz.money import NotAnAmount, parse_money
from orders.models import Customer
from register.errors import OverrideNotAllowed
from register.operations import change_price, return_without_receipt, set_customer, set_quantity
from tests import factories
from tests.register.till import open_till

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
NO_IDS = ["", "abc", "-1", "0", "²", "1.5", "9" * 25, "9" * 5000, "a\0b"]


@pytest.fixture
def store(db):
    factories.ShopSettingsFactory()
    factories.cash(), factories.card()
    return factories.StoreFactory()


@pytest.fixture
def till(store):
    return open_till(store)


@pytest.fixture
def browser(client, till):
    """Posts to a page of the register by its name, as an administrator unless told who."""

    def post(name, *args, staff=till.staff, **data):
        client.force_login(staff)
        session = client.session
        session["register_id"], session["store_id"] = till.register.pk, till.store.pk
        session.save()
        return client.post(reverse(f"register:{name}", args=args), data, headers=HTMX)

    return post


@pytest.fixture
def junior(store):
    return factories.StaffFactory(stores=[store], role="Junior Cashier")


# --- Prices and permissions --------------------------------------------------------------------------------------------


def test_nobody_without_the_permission_makes_a_price_by_adding_a_product(browser, till, junior):
    guitar = factories.ProductFactory(price=50_000)
    assert browser("add", staff=junior, product=guitar.pk, price="0.01").status_code == 200
    assert till.sale.lines.get().unit_price == 50_000


def test_a_product_without_a_price_takes_the_one_that_is_typed(browser, till, junior):
    strings = factories.ProductFactory(price=None)
    assert browser("add", staff=junior, product=strings.pk, price="abc").status_code == 422
    assert browser("add", staff=junior, product=strings.pk, price="12.50").status_code == 200
    assert till.sale.lines.get().unit_price == 1250


# --- Ids that are none -------------------------------------------------------------------------------------------------


def test_what_is_no_id_is_not_there(browser, till):
    till.scan(factories.ProductFactory().sku)
    method, sale = factories.cash().pk, till.sale.pk
    for pk in NO_IDS:
        for name, field in [("add", "product"), ("claim", "serial"), ("choose", "register")]:
            assert browser(name, **{field: pk}).status_code == 404, pk
        if pk:
            assert browser("customer", customer=pk).status_code == 404, pk
        assert browser("quantity", line=pk, quantity="2").status_code == 404, pk
        for field in ("method", "expected", "undo", "key"):
            data = {"method": method, "amount": "0.01", field: pk}
            assert browser("complete", sale, **data).status_code in (200, 422), pk


def test_figures_with_thousands_of_digits_are_no_figures(browser, client, till):
    factories.units(factories.TrackedFactory(sku="CAM"), till.store, "A1")
    till.scan("A1")
    line, many = till.sale.lines.get(), "9" * 5000
    assert client.get(line.serials_url, {"quantity": many}).status_code in (200, 302)
    assert browser("close", **{"piece-100": many, "recount": "1"}).status_code == 200
    assert client.get(line.serials_url, {"quantity": many}).status_code == 200
    assert client.post(f"{line.serials_url}bar/", {"quantity": many}).status_code in (200, 404)
    receipt = till.pay()
    answer = browser("return_rows", receipt.pk, **{f"loose-{receipt.lines.get().pk}": many})
    assert answer.status_code == 200
    address = reverse("adjustments:stock", args=[line.product_id])
    assert client.get(address, {"store": many}).status_code == 404


# --- Amounts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1e999999", "1e30", "9" * 400, "NaN", "sNaN", "Infinity", "1.005", "1e-999999", "\0"])
def test_what_no_till_can_hold_is_no_amount(text):
    with pytest.raises(NotAnAmount):
        parse_money(text, "USD")


def test_a_discount_is_never_below_nothing_nor_above_everything(browser, till):
    till.scan(factories.ProductFactory().sku)
    line = till.sale.lines.get()
    for text in ("1e999999%", "1e30%", "NaN%", "-5%", "100.01%", "1e999999", "-1", "%"):
        for whole in ("", "1"):
            answer = browser("discount", line=line.pk, amount=text, reason="asked", whole=whole)
            assert answer.status_code == 422, text
    line.refresh_from_db()
    assert (line.discount, line.total) == (0, 1000)


# --- Text --------------------------------------------------------------------------------------------------------------


def test_a_reason_is_kept_without_what_no_database_keeps(browser, till):
    receipt = till.sell(factories.units(factories.TrackedFactory(price=500), till.store, "A1")[0].number)
    answer = browser("return_receipt", receipt.pk, serial=receipt.lines.get().serials[0].pk, reason=" Fau\0lty\u202e ")
    assert answer.status_code == 200
    assert till.sale.lines.get().return_reason == "Faulty"


@pytest.mark.parametrize(
    ("name", "args", "values"),
    [("serials:fixes", [], {"kind": "a\0b", "q": "\0"}), ("serials:look_up", [], {"q": "a\0b"})],
)
def test_nul_is_not_asked_of_the_database(browser, client, till, name, args, values):
    """PostgreSQL refuses it in any text. Without NulMiddleware each of these was an error of the server there."""
    browser("hold")
    assert client.get(reverse(name, args=args), values).status_code in (200, 302, 404)


def test_what_is_sent_is_as_it_was_but_for_nul(rf):
    request = rf.post("/?q=a%00b&q=c", {"code": ["1\0", "2"], "note": "\0"})
    NulMiddleware(lambda request: None).process_view(request, None, (), {})
    assert request.GET.getlist("q") == ["ab", "c"]
    assert dict(request.POST.lists()) == {"code": ["1", "2"], "note": [""]}


def test_searches_survive_nul_and_thousands_of_words(browser, client, till):
    browser("hold")
    customer = factories.CustomerFactory(name="Anna Berg")
    for text in ("a\0b", "\0", "a " * 5000, "x" * 10_000):
        for address in (
            "/products/",
            "/customers/",
            "/serials/",
            "/products/found/",
            "/register/customer/",
            "/sales/",
            "/transfers/",
        ):
            assert client.get(address, {"q": text}, headers=HTMX).status_code in (200, 422), address
        assert browser("scan", code=text).status_code in (200, 422)
    assert list(Customer.objects.found_by("anna \0 berg")) == [customer]


# --- Money -------------------------------------------------------------------------------------------------------------


def test_a_return_without_receipt_grows_only_in_hands_that_may_make_one(till, store):
    senior = factories.StaffFactory(stores=[store], role="Senior Cashier")
    values = {"price": 1000, "reason": "gift", "staff": till.staff}
    line = return_without_receipt(till.sale, factories.ProductFactory(), quantity=2, **values)
    with pytest.raises(OverrideNotAllowed):
        set_quantity(line, 50, staff=senior)
    with pytest.raises(OverrideNotAllowed):
        change_price(line, 90_000, reason="more", staff=senior)
    assert set_quantity(line, 1, staff=senior).total == -1000
    assert set_quantity(line, 3, staff=till.staff).total == -3000


def test_so_many_units_come_back_as_a_line_holds(browser, till):
    product = factories.ProductFactory()
    for quantity in ("100000", "9" * 30, "0", "-1", "1e3"):
        data = {"product": product.sku, "quantity": quantity, "price": "1", "reason": "gift"}
        assert browser("return_without", **data).status_code == 422
    assert not till.sale.lines.exists()


def test_a_sale_never_comes_to_more_than_can_be_paid(browser, till):
    product = factories.ProductFactory(price=10**13 - 1)
    till.scan(product.sku)
    line = till.sale.lines.get()
    assert browser("quantity", line=line.pk, quantity="99999").status_code == 422
    assert browser("scan", code=product.sku).status_code == 422
    line.refresh_from_db()
    assert (line.quantity, till.sale.total) == (1, 10**13 - 1)


def test_ids_that_no_database_holds_are_no_choice(browser, client, till):
    product = factories.TrackedFactory()
    factories.unit(product, till.store, "A1")
    browser("hold")
    data = {"store": till.store.pk, "gone": ["9" * 23], "moment": "sale"}
    assert client.post(reverse("serials:product_gone", args=[product.pk]), data).status_code == 422
    data = {"first_name": "A", "username": "abc", "stores": ["9" * 23], "roles": ["9" * 23]}
    assert client.post(reverse("settings_app:new_person"), data).status_code == 422
    data = {"vendor": factories.VendorFactory().pk, "store": till.store.pk, "orders": ["9" * 19]}
    assert client.post(reverse("receiving:new"), data).status_code == 422


@pytest.mark.parametrize("page", ["=1+1", "\"'><b>", "register", "settings_app:general", "javascript:x", "\0"])
def test_a_page_to_go_to_is_a_path_of_the_shop_or_none(browser, client, till, page):
    """Django takes whatever has no slash for the name of a view: a 500 where there is none."""
    browser("hold")
    answer = client.post(reverse("settings_app:choose_store"), {"store": till.store.pk, "next": page})
    assert answer.status_code == 302
    assert answer.url == reverse("home")


def test_days_beyond_the_calendar_are_ignored(browser, client, till):
    browser("hold")
    for day in ("0001-01-01", "9999-12-31", "abc", "2026-02-30"):
        assert client.get("/sales/", {"day": day}).status_code == 200, day


def test_a_cookie_that_names_no_store_is_ignored(client, till):
    client.cookies["till_store"] = "9" * 4400
    assert client.get("/login/").status_code == 200


def test_store_credit_that_nobody_has_is_no_part_of_a_payment(browser, till):
    credit, product = factories.store_credit(), factories.ProductFactory()
    till.scan(product.sku)
    assert browser("complete", till.sale.pk, method=credit.pk, amount="5").status_code == 422
    set_customer(till.sale, factories.CustomerFactory(), staff=till.staff)
    assert browser("complete", till.sale.pk, method=credit.pk, amount="5").status_code == 422
