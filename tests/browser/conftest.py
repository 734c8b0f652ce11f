"""What browser tests of every area share."""

import pytest
from axe_playwright_python.sync_playwright import Axe

SERIOUS = ("serious", "critical")


@pytest.fixture
def assert_accessible():
    """Fail with the rule, the element and what to do, for everything serious that axe finds on a page in either theme.

    `assert_accessible(page)` may be used in any test, with dialogs open or errors shown.
    """

    def check(page):
        for theme in ("light", "dark"):
            page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
            found = [
                f"{theme}: {rule['id']}: {node['target']}\n    {node['failureSummary']}"
                for rule in Axe().run(page).response["violations"]
                if rule["impact"] in SERIOUS
                for node in rule["nodes"]
            ]
            assert not found, page.url + "\n" + "\n".join(found)

    return check
