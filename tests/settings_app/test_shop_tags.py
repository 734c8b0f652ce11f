"""Money, rates and pagers in templates."""

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template

from microbiz.per_request import one_request
from settings_app.templatetags.shop import money, page_numbers, percent
from tests.factories import ShopSettingsFactory

pytestmark = pytest.mark.django_db


def test_money_is_written_in_the_currency_of_the_shop():
    ShopSettingsFactory(currency="USD")
    assert money(408963) == "4,089.63"
    assert money(408963, "symbol") == "$4,089.63"
    assert money(-500) == "−5.00"
    ShopSettingsFactory(currency="JPY")
    assert money(408963, "symbol") == "¥408,963"


def test_no_amount_is_written_as_nothing():
    assert money(None) == ""


def test_a_page_full_of_amounts_asks_for_the_currency_once(django_assert_num_queries):
    ShopSettingsFactory(currency="USD")
    with one_request(), django_assert_num_queries(1):
        page = Template("{% load shop %}{% for n in numbers %}{{ n|money }} {% endfor %}")
        page.render(Context({"numbers": range(100)}))


@pytest.mark.parametrize(("rate", "text"), [(8875, "8.875%"), (19000, "19%"), (0, "0%")])
def test_a_rate_is_written_in_percent(rate, text):
    assert percent(rate) == text


def test_a_long_pager_has_gaps():
    assert page_numbers(Paginator(range(300), 10).page(15)) == [1, None, 14, 15, 16, None, 30]


def test_what_a_template_is_given_is_escaped():
    html = Template("{% load shop %}{% icon name %}").render(Context({"name": '"><script>'}))
    assert "<script>" not in html
