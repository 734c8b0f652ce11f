"""What `make screenshots` sets up before it photographs: states of a page that no link leads to.

A scene is a function of the photographer and a page on which a manager is signed in. Scenes run in order, on one shop.
"""

import re

from playwright.sync_api import Page

SPEAKER, CABLE, ROUTER, PHONE = "ELE-1018", "GEN-1003", "ELE-1016", "ELE-1002"


def open_record(page: Page, sku: str, tab: str) -> None:
    page.goto(f"/products/?q={sku}")
    page.locator("main table tbody a").first.click()
    page.get_by_role("link", name=tab, exact=True).click()
    page.wait_for_load_state()


def serial_at(page: Page, sku: str, store: str) -> str:
    """The number of a unit of a product that is in stock at a store."""
    open_record(page, sku, "Serial Number")
    return page.locator("tbody tr", has_text=store).filter(has_text="In stock").locator("a").first.inner_text().strip()


def at_till(page: Page) -> None:
    """The till of East Madison that the demo left closed, open and empty."""
    page.goto("/register/")
    if "/choose/" in page.url:
        page.get_by_role("link", name="Till 1").or_(page.get_by_role("button", name="Till 1")).first.click()
        page.wait_for_load_state()
    if "/open/" in page.url:
        page.get_by_label("Cash in the drawer").fill("200.00")
        page.keyboard.press("Enter")
    page.wait_for_selector("#scan-code")


def scan(page: Page, code: str) -> None:
    with page.expect_response(re.compile(r"/register/scan/")):
        page.keyboard.type(code, delay=5)
        page.keyboard.press("Enter")
    page.wait_for_timeout(200)


def product_serials(photographer, page: Page) -> None:
    open_record(page, SPEAKER, "Serial Number")
    photographer.shoot(page, "product-serials")
    page.get_by_role("link", name=re.compile("Serial Numbers Sold")).click()
    page.wait_for_load_state()
    photographer.shoot(page, "product-serials-sold")


def product_stock(photographer, page: Page) -> None:
    open_record(page, SPEAKER, "Stock")
    photographer.shoot(page, "product-stock")


def products_empty(photographer, page: Page) -> None:
    photographer.shoot(page, "products-empty", "/products/?q=zzzz")


def unit(photographer, page: Page) -> None:
    """One that was sold and came back."""
    open_record(page, SPEAKER, "Serial Number")
    by_receipt = page.get_by_role("link", name=re.compile(r"^E2-"))
    page.locator("tbody tr").filter(has=by_receipt).locator("a").first.click()
    page.wait_for_load_state()
    photographer.shoot(page, "unit")


def register_open(photographer, page: Page) -> None:
    page.goto("/register/choose/")
    page.get_by_role("link", name="Till 1").or_(page.get_by_role("button", name="Till 1")).first.click()
    page.wait_for_load_state()
    photographer.shoot(page, "register-open")


def register_empty(photographer, page: Page) -> None:
    at_till(page)
    photographer.shoot(page, "register-empty")


def register_cart(photographer, page: Page) -> None:
    """A cart with a green, an untracked and a red line; then the pop-up, the list, paying and the receipt."""
    phone = serial_at(page, PHONE, "East Madison")
    router = serial_at(page, ROUTER, "East Madison")
    at_till(page)
    for code in (phone, CABLE, SPEAKER, ROUTER):
        scan(page, code)
    photographer.shoot(page, "register-cart")
    page.keyboard.press("F2")
    page.get_by_role("heading", name="Add/Edit Serial No.").wait_for()
    photographer.shoot(page, "pop-up")
    page.get_by_role("button", name="S/N List").or_(page.get_by_role("link", name="S/N List")).first.click()
    page.wait_for_timeout(500)
    photographer.shoot(page, "serial-list")
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    if page.locator("#popup[open]").count():
        page.keyboard.press("Escape")
        page.wait_for_timeout(300)
    page.locator("#scan-code").focus()
    scan(page, "no such thing")
    photographer.shoot(page, "register-refusal")
    scan(page, router)
    page.keyboard.press("F10")
    page.get_by_role("button", name="Complete sale").wait_for()
    photographer.shoot(page, "pay")
    page.keyboard.press("Enter")
    page.get_by_text(re.compile(r"Sale .* is complete$")).first.wait_for()
    photographer.shoot(page, "register-done")


def register_return(photographer, page: Page) -> None:
    at_till(page)
    scan(page, "E2-000005")
    page.wait_for_timeout(400)
    photographer.shoot(page, "register-return")


def trade_in(photographer, page: Page) -> None:
    """Whose it is, a number that nobody knows, and what is paid for it."""
    at_till(page)
    page.keyboard.press("Shift+F8")
    page.get_by_label("Find a customer").fill("Miguel")
    page.locator("#customers-found button").first.click()
    page.get_by_text("Bought from Miguel Ortiz").wait_for()
    for code in ("351756051523999", PHONE):
        page.keyboard.type(code, delay=5)
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)
    photographer.shoot(page, "trade-in")


def register_close(photographer, page: Page) -> None:
    at_till(page)
    photographer.shoot(page, "register-close", "/register/close/")


def counting(photographer, page: Page) -> None:
    """A count that is under way, after a good scan and a code that nobody knows."""
    page.goto("/counts/?status=counting")
    page.locator("main table tbody a").first.click()
    page.wait_for_selector("#scan-code")
    for code, name in ((CABLE, "count-scanned"), ("NO-SUCH-CODE", "count-unknown")):
        with page.expect_response(re.compile(r"/counts/\d+/scan/")):
            page.keyboard.type(code, delay=5)
            page.keyboard.press("Enter")
        page.wait_for_timeout(200)
        photographer.shoot(page, name)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name=re.compile("Review")).click()
    page.wait_for_load_state()
    photographer.shoot(page, "count-review")


def adjustment_draft(photographer, page: Page) -> None:
    page.goto("/adjustments/?status=draft")
    page.locator("main table tbody a").first.click()
    page.wait_for_selector("#scan-code")
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(400)
    photographer.shoot(page, "adjustment-draft")


def import_dry_run(photographer, page: Page) -> None:
    page.goto("/imports/")
    page.get_by_role("link", name="Import catalogue").first.click()
    page.wait_for_load_state()
    rows = ["SKU,Name,UPC,Price", *(f"NEW-{n},Desk lamp {n},,{n}.50" for n in range(1, 40))]
    rows += [
        "NEW-41,Lamp with a spoiled code,1.23457E+12,19.00",
        "ELE-1018,Xiaomi Power Bank 2,,27.99",
        "NEW-42,,,4.00",
    ]
    file = {"name": "lamps.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Dry run").click()
    page.wait_for_timeout(4000)
    photographer.shoot(page, "import-dry-run")


def labels(photographer, page: Page) -> None:
    """A unit's labels on a used sheet, begun in its second row."""
    open_record(page, SPEAKER, "Serial Number")
    page.locator("tbody .tick").first.click()
    page.get_by_role("button", name="Labels for what is ticked").click()
    page.get_by_label("Begin at label number").fill("4")
    page.get_by_label("Copies of each").fill("12")
    page.wait_for_timeout(800)
    photographer.shoot(page, "labels")


def reports(photographer, page: Page) -> None:
    for name in ("sales-over-time", "sales-by-product", "serials", "taxes", "stock", "adjustments"):
        photographer.shoot(page, f"report-{name}", f"/reports/{name}/")


def audit(photographer, page: Page) -> None:
    """Who did what, which an administrator sees: everything since the first day, and a filter that finds nothing."""
    page = photographer.sign_in("admin")
    photographer.shoot(page, "audit", "/settings/audit/?since=all")
    photographer.shoot(page, "audit-nothing", "/settings/audit/?kind=tax_classes&since=1")
    page.context.close()


def not_there(photographer, page: Page) -> None:
    photographer.shoot(page, "not-there", "/products/999999/")


SCENES = [
    product_serials,
    product_stock,
    products_empty,
    unit,
    register_open,
    register_empty,
    register_cart,
    register_return,
    trade_in,
    register_close,
    counting,
    adjustment_draft,
    import_dry_run,
    labels,
    reports,
    audit,
    not_there,
]
