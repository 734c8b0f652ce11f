"""What a person with a scanner and a keyboard does in a browser window, for tests of pages with lines."""

from playwright.sync_api import expect


class Desk:
    """A browser window of a person. Counts what they press beside the scans."""

    def __init__(self, page):
        self.page, self.pressed = page, 0

    def scan(self, *codes):
        """Type as a scanner does: 10 ms a key, ended by Enter, into whatever has the focus."""
        for code in codes:
            self.page.keyboard.type(code, delay=10)
            self.page.keyboard.press("Enter")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def said(self, text):
        expect(self.page.locator("#say")).to_contain_text(text)

    @property
    def lines(self):
        return self.page.locator("#lines-body tr")

    def circle(self, line, colour, words=None):
        """The circle of the line shows the colour, and is read aloud with the words if any are given."""
        circle = self.lines.nth(line).locator("[data-serial-status]")
        expect(circle).to_have_attribute("data-serial-status", colour)
        if words is not None:
            expect(circle).to_have_accessible_name(words)
