"""What every template of the shop uses: icons, money, tax rates."""

from functools import cache

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html

from microbiz.money import format_money
from microbiz.offers import Offer, offers_on
from microbiz.tabs import tabs_for
from settings_app.models import ShopSettings

register = template.Library()


@register.simple_tag
@cache
def icon(name: str, classes: str = "") -> str:
    """One symbol of static/icons.svg, hidden from screen readers: a word stands beside it.

    `{% icon "check" %}`, small `{% icon "check" "icon-s" %}`. A new name goes into static/vendor/icons.txt first.
    """
    return format_html(
        '<svg class="icon{}" width="20" height="20" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        f" {classes}" if classes else "",
        static("icons.svg"),
        name,
    )


@register.filter
def money(amount: int | None, form: str = "") -> str:
    """Minor units as text: `{{ sale.total|money }}` is 4,089.63, `|money:"symbol"` is $4,089.63."""
    if amount is None:
        return ""
    return format_money(amount, ShopSettings.load().currency, symbol=form == "symbol")


@register.filter
def minus(number: int | str) -> str:
    """A count or an amount with a true minus sign: −1."""
    return f"{number}".replace("-", "−")


@register.filter
def percent(rate: int) -> str:
    """A tax rate in thousandths of a percent as text: 8875 is 8.875%."""
    return f"{rate / 1000:g}%"


@register.simple_tag(takes_context=True)
def offers(context, page: str, subject, store=None) -> list[Offer]:
    """The next steps that other apps offer here: `{% offers "serials.elsewhere" serial line.store as next %}`."""
    request = context["request"]
    return offers_on(page, subject, store=store or request.store, staff=request.user)


@register.simple_tag(takes_context=True)
def settings_pages(context) -> list[dict]:
    """The entries at the left of every settings page: what each app hung there and this person may see."""
    path = context["request"].path
    pages = [(tab.label, reverse(tab.url_name)) for tab in tabs_for("settings", None, context["request"].user)]
    return [{"label": label, "path": own, "is_current": path.startswith(own)} for label, own in pages]


@register.filter
def wrong_fields(form) -> list:
    """The visible fields of a form that were refused, for the sentence above it."""
    return [field for field in form.visible_fields() if field.errors]


@register.filter
def page_numbers(page) -> list[int | None]:
    """The numbers a pager shows: first, last and those around; None stands for a gap."""
    gap = page.paginator.ELLIPSIS
    return [
        None if number == gap else number
        for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]
