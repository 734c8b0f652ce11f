"""Somebody at a browser, without the browser: the requests that the pages send, with session and CSRF token."""

import html
import re
from dataclasses import dataclass
from uuid import uuid4

import requests

TOKEN = re.compile(r'"X-CSRFToken": "(\w+)"')
TOKEN_OF_FORM = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
PAY = re.compile(r'action="/register/pay/(\d+)/"')
COMPLETE = re.compile(r"Sale (\S+) is complete")
MARKUP = re.compile(r"<[^>]+>")
PASSWORD = "demo"  # of everybody whom the factories and the demo make


class Broken(AssertionError):
    """The server answered with an error of its own, or not in the way of the pages."""


@dataclass(frozen=True)
class Payment:
    """A sale about to be paid: sent once or again, always with the same key."""

    sale: int
    key: str
    method: str
    amount: str
    expected: str

    @property
    def data(self) -> dict[str, str]:
        return {"key": self.key, "method": self.method, "amount": self.amount, "expected": self.expected}


class Person:
    """A signed-in member of the staff."""

    def __init__(
        self,
        url: str,
        username: str,
        password: str = PASSWORD,
        timeout: float = 60,
        session: requests.Session | None = None,
    ):
        self.url, self.timeout = url, timeout
        self.session = session or requests.Session()
        page = self.get("/login/").text
        self.token = TOKEN_OF_FORM.search(page)[1]
        answer = self.post("/login/", {"username": username, "password": password}, htmx=False)
        if "sessionid" not in self.session.cookies:
            raise Broken(f"{username} was not let in: {text_of(answer)[:300]}")
        self.token = TOKEN.search(self.get("/").text)[1]

    def get(self, path: str, **values) -> requests.Response:
        return self._fine(self.session.get(self.url + path, params=values, timeout=self.timeout))

    def post(self, path: str, data: dict | None = None, htmx: bool = True) -> requests.Response:
        headers = {"X-CSRFToken": self.token, "Referer": self.url}
        if htmx:
            headers["HX-Request"] = "true"
        answer = self.session.post(
            self.url + path, data=data or {}, headers=headers, timeout=self.timeout, allow_redirects=not htmx
        )
        return self._fine(answer)

    def _fine(self, answer: requests.Response) -> requests.Response:
        if answer.status_code >= 500:
            raise Broken(f"{answer.request.method} {answer.request.url}: {answer.status_code} {text_of(answer)[:500]}")
        return answer


class Cashier(Person):
    """Somebody at a register of their own."""

    def open(self, register: int, balance: str = "100.00") -> None:
        """Stand at a register, and open it where it is closed."""
        self.post("/register/choose/", {"register": register}, htmx=False)
        self.post("/register/open/", {"opening_balance": balance}, htmx=False)

    def scan(self, code: str, scan_id: str | None = None, known: str = "") -> requests.Response:
        """`known` are the keys of the lines on the screen, with blanks; without them the whole screen is the answer."""
        return self.post("/register/scan/", {"code": code, "scan_id": scan_id or str(uuid4()), "known": known})

    def payment(self) -> Payment | None:
        """What would be sent to pay the sale in hand in cash, exactly; None where it cannot be paid."""
        page = self.get("/register/pay/").text
        sale = PAY.search(page)
        if sale is None:
            return None
        return Payment(
            sale=int(sale[1]),
            key=value_of(page, "key"),
            method=re.search(r'name="method" value="(\d+)" data-kind="cash"', page)[1],
            amount=html.unescape(value_of(page, "amount")),
            expected=value_of(page, "expected"),
        )

    def send(self, payment: Payment) -> str | None:
        """Pay, or send the same again; the number of the receipt, or None where it was refused."""
        answer = self.post(f"/register/pay/{payment.sale}/", payment.data)
        done = COMPLETE.search(answer.text)
        return done[1] if done else None

    def sell(self, *codes: str) -> str | None:
        """Scan and pay; the number of the receipt, or None where something was refused. The cart stays then."""
        for code in codes:
            self.scan(code)
        payment = self.payment()
        return self.send(payment) if payment else None

    def void(self, reason: str = "Changed their mind") -> None:
        self.post("/register/void/", {"reason": reason})


def value_of(page: str, name: str) -> str:
    """The value of a form's field."""
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def text_of(answer: requests.Response) -> str:
    """What a person reads in an answer."""
    return " ".join(html.unescape(MARKUP.sub(" ", answer.text)).split())
