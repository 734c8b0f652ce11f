"""What browser tests of every area share."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection

SERIOUS = ("serious", "critical")
# Every rule in the light; in the dark, contrast alone: the same markup in other colours.
RULES = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}


@pytest.fixture
def assert_accessible():
    """Fail with the rule, the element and what to do, for everything serious that axe finds on a page in either theme.

    `assert_accessible(page)` may be used in any test, with dialogs open or errors shown. How a page looks does not
    hang on the database: axe looks while the suite runs on SQLite.
    """

    def check(page):
        if connection.vendor != "sqlite":
            return
        page.evaluate(Axe().axe_script)
        for theme, rules in RULES.items():
            page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
            violations = page.evaluate(
                "async options => (await axe.run(document, options)).violations",
                # No rule in use reads the stylesheets, which axe would fetch again for each run.
                {"resultTypes": ["violations"], "preload": False, **rules},
            )
            found = [
                f"{theme}: {rule['id']}: {node['target']}\n    {node['failureSummary']}"
                for rule in violations
                if rule["impact"] in SERIOUS
                for node in rule["nodes"]
            ]
            assert not found, page.url + "\n" + "\n".join(found)

    return check
