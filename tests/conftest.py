"""Fixtures for every test: a real browser against a running server, and people who are signed in."""

import gc
import os
from importlib import import_module

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.test import TransactionTestCase
from playwright.sync_api import expect

from tests.chromium import ARGUMENTS, chromium, viewport
from tests.lawful import check_what_was_written, let_postgresql_keep_the_questions
from tests.pristine import Pristine
from tests.settings import FOLDER

# Playwright keeps an event loop in the main thread, where Django would then refuse to use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

# As long as pages wait, for machines with more to do than this.
expect.set_options(timeout=10_000)

IS_POSTGRESQL = "postgresql" in settings.DATABASES["default"]["ENGINE"]
END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
BROWSER_FIXTURES = {"page", "new_page", "context", "browser"}


DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


def pytest_collection_modifyitems(config, items):
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
    if IS_POSTGRESQL:  # the second of the suite's two runs: what asks no database has had its turn
        again = [item for item in items if _asks_the_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if not _asks_the_database(item)])
        items[:] = again


def _asks_the_database(item):
    if item.get_closest_marker("once"):
        return False
    return bool(item.get_closest_marker("postgresql") or _has_a_database(item))


def _has_a_database(item):
    return bool(item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())))


def pytest_collection_finish():
    # What is imported by now stays: the collector of garbage need not look at it again in every test.
    gc.freeze()


def pytest_runtest_setup(item):
    if item.get_closest_marker("postgresql") and not IS_POSTGRESQL:
        pytest.skip("needs PostgreSQL: SQLite lets one writer in at a time")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """A test that passes has left lawful records, unless it says that it wrote what no operation would."""
    result = yield
    if _has_a_database(item) and not item.get_closest_marker("by_hand"):
        check_what_was_written()
    return result


def pytest_unconfigure():
    # The processes of pytest-xdist end without the usual clean-up.
    FOLDER.cleanup()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """After a test that committed, only what it wrote is put back: see Pristine."""
    with django_db_blocker.unblock():
        pristine = Pristine()
        if IS_POSTGRESQL:
            let_postgresql_keep_the_questions()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: pristine.restore())
        yield
    if IS_POSTGRESQL:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(END_OTHERS)  # a database that somebody is connected to is not dropped


def pytest_report_header():
    return f"database: {connection.vendor}"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": chromium(), "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args, live_server):
    """At a desk, unless a test is marked with browser_context_args(viewport=...)."""
    return {**browser_context_args, "base_url": live_server.url, "viewport": viewport("desk")}


@pytest.fixture
def new_page(new_context, transactional_db, live_server):
    """Make a page of its own browser window (a second till), signed in as `staff` when given.

    The test fails at its end if a script failed or something broke the content security policy.
    """
    troubles = []

    def make(staff=None, **context_arguments):
        context = new_context(**context_arguments)
        context.set_default_timeout(10_000)
        page = context.new_page()
        _keys_wait_for_scripts(page)
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _keep_errors(message, page, troubles))
        if staff is not None:
            sign_in(page, staff)
        return page

    yield make
    assert not troubles, "The browser's console had errors:\n" + "\n".join(troubles)


def _keys_wait_for_scripts(page):
    """A test sees the first rows of a page before its scripts run, and would press a key that nobody hears."""
    press, type_text = page.keyboard.press, page.keyboard.type

    def once_loaded(act):
        def wait_and_act(*args, **kwargs):
            page.wait_for_load_state()
            act(*args, **kwargs)

        return wait_and_act

    page.keyboard.press, page.keyboard.type = once_loaded(press), once_loaded(type_text)


def _keep_errors(message, page, troubles):
    # Answers such as 422 and 403 are part of the conversation; the browser notes each of them as an error.
    if message.type == "error" and not message.text.startswith("Failed to load resource"):
        troubles.append(f"{page.url}: {message.text}")


@pytest.fixture
def page(new_page):
    """One browser window, nobody signed in. Addresses are relative: `page.goto("/products/")`."""
    return new_page()


@pytest.fixture
def login():
    """Sign a person in without the login page: `login(page, staff, store=harbor)`."""
    return sign_in


def sign_in(page, staff, store=None, **session_values):
    """Give the page's window a session of `staff`; the store is the person's first unless given."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(staff.pk)
    session[BACKEND_SESSION_KEY] = "settings_app.backends.StaffBackend"
    session[HASH_SESSION_KEY] = staff.get_session_auth_hash()
    if store is not None:
        session["store_id"] = store.pk
    session.update(session_values)
    session.save()
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "domain": "localhost", "path": "/"}
    page.context.add_cookies([cookie])
    return page


@pytest.fixture
def scan():
    """Type a code as a scanner does, 10 ms a key, ended by Enter (or another key): `scan(page, "4006381333931")`."""

    def type_code(page, code, end="Enter"):
        page.keyboard.type(code, delay=10)
        page.keyboard.press(end)

    return type_code
