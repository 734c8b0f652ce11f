"""`make screenshots`: photographs of every page of the demo, at three sizes, light and dark.

Starts a demo shop of its own on a free port with fresh data, signs in as each role, follows the links from the home
page, and photographs one page of every kind (one per URL pattern), then the states that no link leads to: a cart with
units, the pop-up, paying. The full set goes to build/screenshots; those that the README and the docs show are copied
to docs/screenshots.

    python -m tests.screenshots              everything
    python -m tests.screenshots register     only the scenes' photographs with "register" in their name
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.chromium import ARGUMENTS, SIZES, chromium, viewport
from tests.postgres import end_on_signals, free_port

ROOT = Path(__file__).resolve().parents[1]
FULL_SET = ROOT / "build" / "screenshots"
SHOWN = ROOT / "docs" / "screenshots"
THEMES = ("light", "dark")

# What the README and the docs show, from the full set.
FOR_THE_DOCS = (
    "register-cart-desk-light",
    "register-cart-desk-dark",
    "pop-up-desk-light",
    "product-serials-desk-light",
    "pay-desk-light",
    "unit-desk-light",
    "register-cart-phone-light",
)

ELSEWHERE = ("/logout/", "/healthz", "/static/")
FILES = (".pdf", ".csv", ".xlsx", ".svg")


def main(wanted: list[str]) -> int:
    end_on_signals()
    if not chromium():
        sys.exit("Screenshots need Chromium: apt-get install chromium-headless-shell")
    FULL_SET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="microbiz-shots-") as data:
        port = free_port()
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "microbiz.settings",
            "MICROBIZ_MODE": "demo",
            "MICROBIZ_STATIC": f"{data}/static",
            "MICROBIZ_DATA": data,
            "DATABASE_URL": f"sqlite:///{data}/shop.sqlite3",
            "PORT": str(port),
        }
        log = Path(data, "log")
        with log.open("w") as file:
            command = [sys.executable, "-m", "microbiz.serve"]
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file)
        try:
            base = f"http://127.0.0.1:{port}"
            wait_for(base, server, log)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
                count = Photographer(browser, base, wanted).photograph_all()
        finally:
            server.terminate()
            server.wait(timeout=30)
    for name in FOR_THE_DOCS:
        if (FULL_SET / f"{name}.png").exists():
            SHOWN.mkdir(parents=True, exist_ok=True)
            shutil.copy(FULL_SET / f"{name}.png", SHOWN)
    print(f"{count} photographs in {FULL_SET.relative_to(ROOT)}")
    return 0 if count else 1


def wait_for(base: str, server: subprocess.Popen, log: Path) -> None:
    """Until the server answers, however long the demo takes to load; exits where the server does."""
    while server.poll() is None:
        try:
            urllib.request.urlopen(f"{base}/healthz", timeout=2)
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    sys.exit(f"The demo did not start:\n{log.read_text()}")


class Photographer:
    """Walks through the shop as one person after another."""

    def __init__(self, browser, base: str, wanted: list[str]):
        self.browser = browser
        self.base = base
        self.wanted = wanted
        self.count = 0
        self.kinds: set[str] = set()

    def photograph_all(self) -> int:
        from tests import scenes

        anonymous = self.window()
        self.shoot(anonymous, "login", "/login/")
        anonymous.context.close()
        for username in ("manager", "admin", "cashier") if not self.wanted else ():
            page = self.sign_in(username)
            self.follow_links(page)
            page.context.close()
        for scene in scenes.SCENES:
            page = self.sign_in("manager")
            scene(self, page)
            page.context.close()
        return self.count

    def window(self) -> Page:
        context = self.browser.new_context(base_url=self.base, viewport=viewport("desk"), reduced_motion="reduce")
        context.set_default_timeout(120_000)  # a loaded machine is slow, never hurried
        return context.new_page()

    def sign_in(self, username: str) -> Page:
        page = self.window()
        page.goto("/login/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", "demo")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: not urlsplit(url).path.startswith("/login/"))
        return page

    def follow_links(self, page: Page) -> None:
        """Photograph the first page of every kind that links lead to from home."""
        queue, seen = [page.url], set()
        while queue:
            address = queue.pop(0)
            name = kind(address)
            if name is None or name in self.kinds:
                continue
            answer = page.goto(address)
            if answer is None or answer.status != 200 or "html" not in answer.headers.get("content-type", ""):
                continue
            arrived = kind(page.url)
            self.kinds |= {name, arrived}
            self.shoot(page, arrived)
            for link in page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))"):
                target = urljoin(page.url, link)
                if target not in seen and is_page(self.base, target):
                    seen.add(target)
                    queue.append(target)

    def is_wanted(self, name: str) -> bool:
        return not self.wanted or any(word in name for word in self.wanted)

    def shoot(self, page: Page, name: str, address: str = "") -> None:
        """Three sizes in two themes of what the page shows, after going to `address` if given."""
        if not self.is_wanted(name):
            return
        if address:
            page.goto(address)
        for theme in THEMES:
            page.evaluate(
                "theme => { localStorage.theme = theme; document.documentElement.dataset.theme = theme }", theme
            )
            for size in SIZES:
                page.set_viewport_size(viewport(size))
                page.wait_for_timeout(80)
                page.screenshot(path=FULL_SET / f"{name}-{size}-{theme}.png")
                self.count += 1
        page.set_viewport_size(viewport("desk"))


def is_page(base: str, address: str) -> bool:
    path = urlsplit(address).path
    return address.startswith(base) and not path.startswith(ELSEWHERE) and not path.endswith(FILES)


def kind(address: str) -> str | None:
    """The name of the URL pattern, as a file name: inventory-product. Its tab is part of it where a query says so."""
    from django.urls import Resolver404, resolve

    parts = urlsplit(address)
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    words = (match.view_name or match.func.__name__).replace(":", "-").replace("_", "-")
    extra = [str(value) for value in match.kwargs.values() if isinstance(value, str) and value.isalpha()]
    return "-".join([words, *extra])


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    sys.exit(main(sys.argv[1:]))
