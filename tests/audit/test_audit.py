"""Who did what: what is written down, what is told of it, and to whom."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inventory.operations import change_tracking
from microbiz.trail import Asked, Trail, sources
from register.operations import change_price
from settings_app.errors import NotYoursToChange
from settings_app.models import AuditEntry, SerialTracking, ShopSettings, Staff
from settings_app.operations import note, save_settings, save_staff
from tests import factories
from tests.register.till import open_till

pytestmark = pytest.mark.django_db
Kind = AuditEntry.Kind
PASSWORD = "correct horse battery"


@pytest.fixture
def store():
    factories.ShopSettingsFactory()
    return factories.StoreFactory(name="Harbor")


@pytest.fixture
def admin(store):
    return factories.StaffFactory(username="ada", first_name="Ada", stores=[store], role="Admin", password=PASSWORD)


def written(*kinds):
    found = AuditEntry.objects.order_by("pk").select_related("staff")
    return [(entry.kind, entry.staff and entry.staff.username, entry.about) for entry in found if entry.kind in kinds]


def told(**asked):
    return [(str(entry.told.what), entry.told.detail) for entry in Trail(Asked(**asked))]


# --- Coming and going --------------------------------------------------------------------------------------------------


def sign_in(client, username, password):
    return client.post("/login/", {"username": username, "password": password})


def test_who_comes_and_goes_is_written_down(client, admin):
    sign_in(client, "ada", PASSWORD)
    client.post("/logout/")
    assert [row[:2] for row in written(*Kind)] == [(Kind.SIGNED_IN, "ada"), (Kind.SIGNED_OUT, "ada")]
    assert {entry.address for entry in AuditEntry.objects.all()} == {"127.0.0.1"}


def test_a_refused_sign_in_keeps_a_name_only_if_it_is_somebodys(client, admin):
    sign_in(client, "ada", "wrong")
    sign_in(client, "hunter2, my password", "ada")
    sign_in(client, "a\0da", "x")  # NUL is taken out of whatever is sent
    assert [row[:2] for row in written(Kind.REFUSED)] == [
        (Kind.REFUSED, "ada"),
        (Kind.REFUSED, None),
        (Kind.REFUSED, "ada"),
    ]
    assert not AuditEntry.objects.exclude(about="").exists()


def test_a_lock_out_is_written_down(client, admin):
    answers = [sign_in(client, "ada", f"wrong {n}").status_code for n in range(6)]
    assert answers[-1] == 429
    assert (Kind.LOCKED_OUT, "ada", "") in written(Kind.LOCKED_OUT)


def test_a_till_taken_over_by_pin_and_a_wrong_pin_are_written_down(client, admin, store):
    ben = factories.StaffFactory(username="ben", stores=[store], pin="4711")
    client.force_login(admin)
    client.post("/pin/", {"staff": ben.pk, "pin": "0000"})
    client.post("/pin/", {"staff": ben.pk, "pin": "4711"})
    assert written(Kind.WRONG_PIN, Kind.SWITCHED) == [
        (Kind.WRONG_PIN, "ben", f"after {admin}"),
        (Kind.SWITCHED, "ben", f"after {admin}"),
    ]
    assert set(AuditEntry.objects.values_list("store", flat=True)) == {store.pk}


# --- People ------------------------------------------------------------------------------------------------------------


def test_roles_stores_and_secrets_of_a_person_are_written_down_and_no_secret_is(admin, store):
    ben = factories.StaffFactory(username="ben", first_name="Ben", last_name="Bo", stores=[store], role="Back Office")
    roles = type(ben.groups.first()).objects.filter(name="Junior Cashier")
    ben.first_name = "Benno"
    save_staff(ben, roles=roles, stores=[], by=admin, password="another long one", pin="2580")
    assert written(Kind.PERSON) == [
        (
            Kind.PERSON,
            "ada",
            "Benno Bo; name: Ben Bo → Benno Bo; roles: + Junior Cashier, − Back Office; stores: − Harbor; password, PIN",
        )
    ]


def test_what_is_refused_is_not_written_down_as_done(store):
    ben, boss = factories.StaffFactory(stores=[store]), factories.AdminFactory()
    with pytest.raises(NotYoursToChange):
        save_staff(boss, roles=[], stores=[], by=ben)
    assert not written(Kind.PERSON)


def test_ones_own_secrets(client, admin):
    client.force_login(admin)
    client.post("/account/", {"current": PASSWORD, "password": "something else 9", "pin": ""})
    assert written(Kind.OWN_SECRETS) == [(Kind.OWN_SECRETS, "ada", "password")]


# --- What others keep --------------------------------------------------------------------------------------------------


def test_prices_policies_overrides_and_settings_are_told_from_where_they_are_kept(admin, store):
    lens = factories.ProductFactory(name="Lens", price=1000)
    lens.price = 1250
    lens.save()
    change_tracking(lens, SerialTracking.SALES, staff=admin)
    till = open_till(store, admin)
    till.scan(factories.ProductFactory(name="Strap", price=500).sku)
    change_price(till.sale.lines.get(), 400, reason="Scratched", staff=admin)
    shop = ShopSettings.load()
    shop.company = "Harbor Photo"
    save_settings(shop)
    assert told(kind="products") == [
        ("Lens", "serial numbers: No Tracking → Sales Required"),
        ("Lens", "price: 10.00 → 12.50"),
    ]
    [(what, detail)] = told(kind="overrides")
    assert what == "Price changed" and "Scratched" in detail
    assert told(kind="settings")[0] == ("Changed: Harbor Photo", "company: Lakeside Instruments → Harbor Photo")


def test_every_source_can_be_asked_for_person_and_period(admin):
    now = timezone.now()
    for source in sources():
        trail = Trail(Asked(admin, source.name, now - timedelta(days=1), now))
        assert trail.count() == len(trail[0:50]) == len(list(trail)), source.name


def test_the_trail_is_newest_first_across_its_sources(admin):
    factories.ProductFactory(price=1).save()
    note(Kind.COMMAND, staff=None, about="backup")
    factories.StoreFactory()
    note(Kind.COMMAND, staff=None, about="restore")
    times = [entry.at for entry in Trail(Asked())]
    assert times == sorted(times, reverse=True) and len(times) >= 4
    assert [entry.at for entry in Trail(Asked())[1:3]] == times[1:3]


# --- The page ----------------------------------------------------------------------------------------------------------


def page(client, **asked):
    answer = client.get(reverse("audit"), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_filters_by_person_kind_and_period(client, admin, store):
    ben = factories.StaffFactory(first_name="Ben", stores=[store])
    note(Kind.EXPORT, staff=ben, about="Taxes (csv)")
    note(Kind.PERSON, staff=admin, about="Carl")
    client.force_login(admin)
    assert "Taxes (csv)" in page(client) and "Carl" in page(client)
    assert "Carl" not in page(client, staff=ben.pk)
    assert "Carl" not in page(client, kind="exports")
    assert "Nothing like this was done" in page(client, kind="commands")
    assert "Taxes" in page(client, staff="9" * 40, kind="nothing", since="\0")


def test_the_file_runs_no_formula_and_is_written_down_itself(client, admin, store):
    ben = factories.StaffFactory(first_name="=1+1", last_name="")
    note(Kind.EXPORT, staff=ben, about="=cmd()")
    client.force_login(admin)
    answer = client.get(reverse("audit_export"), {"kind": "exports"})
    text = b"".join(answer.streaming_content).decode()
    assert "'=1+1" in text and "'=cmd()" in text
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert written(Kind.EXPORT)[-1][1:] == ("ada", f"Who did what: Exports; everybody; since {_week_ago(store)}")


def _week_ago(store):
    """As the clock on the store's wall has it, which may be on another day than the server's."""
    return (timezone.localdate(timezone=ZoneInfo(store.time_zone)) - timedelta(days=7)).isoformat()


@pytest.mark.once
def test_the_page_costs_the_same_for_any_number_of_entries(client, admin):
    client.force_login(admin)

    def statements():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page(client)
        return len(captured)

    note(Kind.EXPORT, staff=admin, about="one")
    page(client)
    few = statements()
    AuditEntry.objects.bulk_create([AuditEntry(kind=Kind.EXPORT, staff=admin, about=str(n)) for n in range(200)])
    assert statements() == few


def test_staff_who_did_something_cannot_be_deleted_from_the_trail(admin):
    note(Kind.EXPORT, staff=admin)
    with pytest.raises(ProtectedError):
        Staff.objects.filter(pk=admin.pk).delete()


def test_what_no_database_keeps_is_left_out():
    note(AuditEntry.Kind.EXPORT, staff=None, about="a\0b")
    assert AuditEntry.objects.get().about == "ab"
