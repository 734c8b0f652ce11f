"""What the pages of the counter need beside the tags of `shop`."""

import re
from json import dumps

from babel.numbers import get_currency_precision
from django import template
from django.utils.html import format_html

from microbiz.barcodes import barcode_svg
from settings_app.models import ShopSettings
from settings_app.templatetags.shop import minus, money

register = template.Library()


register.filter(minus)


@register.filter
def json(value) -> str:
    """A list as JSON text, for a data attribute."""
    return dumps(value)


@register.filter
def marked(text: str, query: str) -> str:
    """A text with the part that was searched for underlined."""
    at = text.lower().find(query.strip().lower()) if query.strip() else -1
    if at < 0:
        return text
    end = at + len(query.strip())
    return format_html("{}<mark>{}</mark>{}", text[:at], text[at:end], text[end:])


@register.filter
def barcode(number: str) -> str:
    """The barcode of a receipt's number as an image for the page."""
    return barcode_svg(number)


@register.filter
def round_money(amount: int) -> str:
    """An amount without its cents, where there are none: 490 and 12.50."""
    text = money(amount)
    return (
        re.sub(r"\D0+$", "", text) if amount % 10 ** get_currency_precision(ShopSettings.load().currency) == 0 else text
    )
