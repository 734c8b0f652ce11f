"""What holds for every address: reading changes nothing, writing needs the token of the page, and answers are well wrapped."""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client

from microbiz.headers import PERMISSIONS
from microbiz.settings import MIDDLEWARE
from settings_app.forms import AccountForm
from settings_app.models import Staff
from tests.doors.addresses import every_address
from tests.doors.shop import open_shop
from tests.doors.test_doors import Visitor, undone, undrawn

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ADDRESSES = every_address()
CONTENT_SECURITY = {
    **dict.fromkeys(("default-src", "script-src", "style-src", "font-src", "connect-src", "form-action"), "'self'"),
    **dict.fromkeys(("img-src", "media-src"), "'self' data:"),
    **dict.fromkeys(("object-src", "base-uri", "frame-ancestors"), "'none'"),
}
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# What people, vendors and files wrote is data to the browser: a page of ours, or a file to keep or to print.
KINDS = {
    "text/html": None,
    "text/plain": None,
    "application/json": None,
    "application/pdf": None,
    "text/csv": "attachment",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "attachment",
}
# Data that leaves is written down: who took out what.
EXPORTS = {"audit_export", "imports:result", "reports:export"}
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def admin(shop):
    return Visitor(shop.people["Admin"], shop.home)


@contextmanager
def written_in(*allowed):
    """The statements that write while this is open and stay, but for the tables that are allowed to be written."""
    written, savepoints = [], {}

    def note(execute, sql, params, many, context):
        if sql.startswith("SAVEPOINT "):
            savepoints[sql.split()[-1]] = len(written)
        elif sql.startswith("ROLLBACK TO SAVEPOINT "):
            del written[savepoints[sql.split()[-1]] :]
        elif sql.lstrip().upper().startswith(WRITES) and not any(table in sql for table in allowed):
            written.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield written


def writes_of(client, address, place):
    """The statements of a GET that write something other than the session, and its answer."""
    allowed = ["settings_app_session", *(["settings_app_auditentry"] if address.name in EXPORTS else [])]
    with undone(), written_in(*allowed) as written:
        answer = client.get(address.at(place), address.form(place))
    return written, answer


def test_reading_an_address_writes_nothing_and_its_answer_is_well_wrapped(shop, admin):
    troubles = []
    for address in ADDRESSES:
        admin.client.cookies.clear()
        admin.client.cookies.update(admin.cookies)
        written, answer = writes_of(admin.client, address, shop.home)
        troubles += [f"{address} writes on GET: {sql[:120]}" for sql in written]
        troubles += [f"{address}: {trouble}" for trouble in wrapping_troubles(answer)]
    assert not troubles, "\n".join(troubles)


def wrapping_troubles(answer):
    """What is wrong with the headers of an answer."""
    headers = answer.headers
    directives = dict(part.split(" ", 1) for part in headers.get("Content-Security-Policy", " ").split("; "))
    if directives != CONTENT_SECURITY:
        yield f"Content-Security-Policy is {directives}"
    for name, wanted in HEADERS.items():
        if headers.get(name) != wanted:
            yield f"{name} is {headers.get(name)!r}"
    kind = headers.get("Content-Type", "text/html").split(";")[0]
    if kind not in KINDS:
        yield f"of the kind {kind}"
    elif KINDS[kind] and not headers.get("Content-Disposition", "").startswith(KINDS[kind]):
        yield f"{kind} is no {KINDS[kind]}"
    for cookie in answer.cookies.values():
        if not cookie["httponly"] or cookie["samesite"] != "Lax":
            yield f"the cookie {cookie.key} can be read by scripts or sent from elsewhere"


def test_writing_needs_the_token_of_the_page(shop):
    """Every POST without it is refused before the view is asked."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(shop.people["Admin"])
    with undrawn():
        answers = {str(one): browser.post(one.at(shop.home), one.form(shop.home)).status_code for one in ADDRESSES}
    assert {name: code for name, code in answers.items() if code != 403} == {}


@pytest.mark.parametrize("path", ["/nothing/here/", "/products/999999/", "/settings/stores/"])
def test_refusals_are_wrapped_as_well(client, shop, path):
    client.force_login(shop.people["Junior Cashier"])
    answer = client.get(path)
    assert answer.status_code in (403, 404)
    assert list(wrapping_troubles(answer)) == []


def test_an_error_is_wrapped_as_well_and_tells_nothing(client, shop, monkeypatch):
    def break_down(*args):
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr("settings_app.views.AccountForm", break_down)
    client.force_login(shop.people["Junior Cashier"])
    client.raise_request_exception = False
    answer = client.get("/account/")
    assert answer.status_code == 500
    assert list(wrapping_troubles(answer)) == []
    assert b"swordfish" not in answer.content and b"RuntimeError" not in answer.content


def test_a_page_that_writes_when_it_is_read_would_be_seen(shop, admin, monkeypatch):
    def rename_everybody(*args, **kwargs):
        Staff.objects.update(last_name="X")
        return AccountForm(*args, **kwargs)

    monkeypatch.setattr("settings_app.views.AccountForm", rename_everybody)
    account = next(one for one in ADDRESSES if str(one) == "settings_app:account")
    assert writes_of(admin.client, account, shop.home)[0]


def test_over_https_files_and_pages_are_wrapped_as_in_production(shop, settings):
    settings.MIDDLEWARE = MIDDLEWARE
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 1000
    browser = Client()
    assert browser.get("/login/").url == "https://testserver/login/"
    browser.force_login(shop.people["Manager"])
    for path, status in {"/static/css/pos.css": 200, "/account/": 200, "/nothing/here/": 404}.items():
        answer = browser.get(path, secure=True)
        assert answer.status_code == status
        assert answer.headers["Strict-Transport-Security"] == "max-age=1000"
        assert [one for one in wrapping_troubles(answer) if "text/css" not in one] == [], path
        assert all(cookie["secure"] for cookie in answer.cookies.values()), path
