"""PostgreSQL stopped and started again under an open till in a real browser.

    python -m tests.stopped_database

A cashier has a unit in the cart when the database goes, once killed and once shut down in order. The till says it in words,
keeps the cart and the scan on the screen, finds by itself that the database is back, takes the kept scan at a press, and in the
end the sale is paid. Ends with status 1 otherwise.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Page, expect, sync_playwright

from tests import postgres
from tests.chromium import ARGUMENTS, chromium, viewport
from tests.crashes import DURABLE, broken, prepare, put_on_shelf, say, set_up_django
from tests.running.server import Server
from tests.running.till import Cashier

PATIENCE = 60_000  # milliseconds; a database that comes back first reads its log
WORDS = "The shop's records cannot be reached"


def scan(page: Page, number: str) -> None:
    page.wait_for_load_state()  # before the scripts run, Enter sends the form and leaves the page
    expect(page.locator("#scan-code")).to_be_focused()
    page.keyboard.type(number, delay=10)
    page.keyboard.press("Enter")


def lose_and_find(page: Page, own: postgres.PrivateServer, lose: Callable[[], None], number: str) -> None:
    """The database goes; a scan is refused in words; it comes back; the scan that the till kept is taken."""
    trouble = page.get_by_role("alert").filter(has_text=WORDS)
    cart = page.locator("#lines-body")
    before = cart.inner_text()
    lose()
    scan(page, number)
    expect(trouble).to_be_visible()
    kept = page.locator("[data-failed]", has_text=number)
    expect(kept).to_be_visible()
    assert cart.inner_text() == before
    own.start()
    expect(trouble).to_be_hidden()
    kept.locator("[data-scan-retry]").click()
    expect(page.locator("#say")).to_contain_text(number)


def at_the_till(page: Page, own: postgres.PrivateServer, numbers: list[str]) -> None:
    page.goto("/register/")
    scan(page, numbers[0])
    expect(page.locator("#say")).to_contain_text(numbers[0])
    lose_and_find(page, own, own.kill, numbers[1])
    lose_and_find(page, own, own.stop, numbers[2])
    page.keyboard.press("F10")
    expect(page.locator("#amount")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="is complete")).to_be_visible()


def main() -> int:
    postgres.end_on_signals()
    expect.set_options(timeout=PATIENCE)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread
    own = postgres.PrivateServer(DURABLE)
    server = None
    with tempfile.TemporaryDirectory(prefix="microbiz-stopped-", ignore_cleanup_errors=True) as folder:
        try:
            own.create()
            os.environ["MICROBIZ_STATIC"] = f"{folder}/static"
            set_up_django(own.url, folder)
            call_command("collectstatic", verbosity=0)
            [(name, register), *_others] = prepare()
            [numbers, *_others] = put_on_shelf(0)
            server = Server(own.url, Path(folder), workers=2)
            server.start()
            cashier = Cashier(server.url, name)
            cashier.open(register)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
                context = browser.new_context(base_url=server.url, viewport=viewport("desk"))
                cookies = cashier.session.cookies
                context.add_cookies([{"name": one.name, "value": one.value, "url": server.url} for one in cookies])
                at_the_till(context.new_page(), own, numbers)
            connection.close()  # of the server before last
            problems = [*broken(), *not_sold(numbers[:3])]
        finally:
            if server and server.process and server.process.poll() is None:
                server.kill()
            own.remove()
    for problem in problems:
        say(problem)
    say(f"Lost and found twice under a till with a cart: {len(problems)} problems.")
    return 1 if problems else 0


def not_sold(numbers: list[str]) -> list[str]:
    from serials.models import Serial

    return [f"{unit} is {unit.state}" for unit in Serial.objects.filter(number__in=numbers).exclude(state="sold")]


if __name__ == "__main__":
    sys.exit(main())
