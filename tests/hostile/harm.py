"""What somebody who means harm types into a field, and how it is seen that a page ran it."""

from html.parser import HTMLParser

MARKER = "zzharmzz"
MARKUP = f"\"'><{MARKER} {MARKER}=1>"
SURROGATE = "\ud800"
HARM = [
    "",
    "-1",
    "0",
    "1.5",
    "²",
    "٣",
    "NaN",
    "1e309",
    "Infinity",
    "9" * 30,
    "9" * 5000,
    str(2**31),
    str(2**63),
    "a\0b",
    SURROGATE,
    "\u202eabc",
    "\ufdfa" * 64,  # one letter that unfolds into eighteen
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    '{"a": [1]}',
    "[]",
    "x" * 10_000,
    "=1+1",
    "../../etc/passwd",
    MARKUP,
]


def as_sent(text: str) -> bytes:
    """A lone surrogate goes out as bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogatepass")


class _Harmed(HTMLParser):
    found = False

    def handle_starttag(self, tag, attrs):
        self.found |= tag == MARKER or any(name == MARKER for name, _value in attrs)


def is_harmed(page: str) -> bool:
    """Whether a page has an element or an attribute that only its visitor can have made."""
    reader = _Harmed()
    reader.feed(page)
    return reader.found
