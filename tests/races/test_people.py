"""Two at the same instant: wrong PINs, and two first days."""

import threading

import pytest
from django.db import connection

from microbiz.errors import DomainError
from microbiz.setup import open_shop
from settings_app.errors import PinLocked
from settings_app.models import Staff, Store
from settings_app.operations import PIN_TRIES, check_pin
from tests.factories import StaffFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def at_once(*jobs):
    """Run the jobs in threads that start together; give back what each returned or raised."""
    start, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(at, job):
        try:
            start.wait()
            results[at] = job()
        except Exception as error:
            results[at] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(at, job)) for at, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_wrong_pins_at_once_are_all_counted():
    staff = StaffFactory(pin="1234")
    results = at_once(*[lambda: check_pin(staff, "0000") for _n in range(PIN_TRIES)])
    assert sum(isinstance(result, PinLocked) for result in results) == 1, results
    with pytest.raises(PinLocked):
        check_pin(staff, "1234")


def test_two_first_days_at_once_make_one_shop():
    def first_day(number):
        return open_shop(
            company=f"Shop {number}",
            currency="USD",
            store=Store(name=f"Store {number}", code=f"S{number}"),
            register_name="Till 1",
            admin=Staff(username=f"admin{number}"),
            password="correct horse battery",
        )

    results = at_once(lambda: first_day(1), lambda: first_day(2))
    assert sum(isinstance(result, DomainError) for result in results) == 1, results
    assert Staff.objects.count() == Store.objects.count() == 1
