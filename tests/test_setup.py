"""First day of a real shop: asked once, all or nothing, and then never again."""

import pytest

from microbiz.setup import AlreadyOpen, open_shop
from register.models import PaymentMethod, Register
from settings_app.models import ShopSettings, Staff, Store, TaxClass
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db

ANSWERS = {
    "company": "Lakeside Instruments",
    "currency": "EUR",
    "store": "Harbor",
    "code": "H",
    "city": "Kiel",
    "time_zone": "Europe/Berlin",
    "register": "Till 1",
    "first_name": "Ada",
    "last_name": "Admin",
    "username": "ada",
    "password": "correct horse battery",
    "pin": "1234",
}


def first_day():
    return open_shop(
        company="Lakeside",
        currency="USD",
        store=Store(name="Harbor", code="H"),
        register_name="Till 1",
        admin=Staff(username="ada"),
        password="correct horse battery",
    )


@pytest.mark.parametrize("path", ["/", "/login/", "/register/", "/settings/general/", "/nothing/"])
def test_before_the_first_day_every_page_leads_to_the_questions(client, path):
    assert client.get(path).url == "/setup/"


def test_before_the_first_day_the_health_check_answers(client):
    assert client.get("/healthz").status_code == 200


def test_the_answers_make_a_shop_that_can_sell(client):
    assert client.get("/setup/").status_code == 200
    response = client.post("/setup/", ANSWERS)
    assert response.url == "/"
    assert ShopSettings.load().company == "Lakeside Instruments"
    assert ShopSettings.load().currency == "EUR"
    store = Store.objects.get()
    assert (store.name, store.time_zone) == ("Harbor", "Europe/Berlin")
    assert Register.objects.get().prefix == "H1"
    assert set(PaymentMethod.objects.values_list("kind", flat=True)) == {"cash", "card", "store_credit"}
    assert TaxClass.objects.get().is_default
    ada = Staff.objects.get()
    assert ada.check_password("correct horse battery")
    assert ada.has_pin("1234")
    assert ada.has_perm("settings_app.access_all_stores")
    assert client.session["_auth_user_id"] == str(ada.pk)


def test_afterwards_there_is_nothing_at_that_address(client, admin_of_a_shop):
    assert client.get("/setup/").status_code == 404
    assert client.post("/setup/", ANSWERS).status_code == 404
    client.force_login(admin_of_a_shop)
    assert client.get("/setup/").status_code == 404


@pytest.fixture
def admin_of_a_shop():
    return first_day()


@pytest.mark.parametrize(
    ("field", "value"),
    [("company", ""), ("currency", "XYZ"), ("code", "h!"), ("time_zone", "Mars"), ("password", "123"), ("pin", "12")],
)
def test_a_wrong_answer_is_asked_again_and_nothing_is_made(client, field, value):
    assert client.post("/setup/", ANSWERS | {field: value}).status_code == 422
    assert not Staff.objects.exists()
    assert not Store.objects.exists()
    assert not ShopSettings.objects.exists()


def test_a_second_first_day_is_refused_and_makes_nothing():
    first_day()
    with pytest.raises(AlreadyOpen):
        open_shop(
            company="Other",
            currency="EUR",
            store=Store(name="Other", code="O"),
            register_name="Till 1",
            admin=Staff(username="eve"),
            password="correct horse battery",
        )
    assert ShopSettings.load().company == "Lakeside"
    assert not Store.objects.filter(code="O").exists()
    assert not Staff.objects.filter(username="eve").exists()


def test_a_shop_with_people_is_never_asked(client):
    StaffFactory()
    assert client.get("/").url == "/login/?next=/"
    assert client.get("/setup/").status_code == 404
