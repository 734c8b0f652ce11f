"""The frame of the product record, whichever app a tab belongs to."""

from dataclasses import dataclass

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from microbiz.tabs import tabs_for

register = template.Library()


@dataclass(frozen=True)
class Link:
    label: str | Promise
    url: str
    is_current: bool


@register.simple_tag(takes_context=True)
def record_tabs(context, product) -> list[Link]:
    """The tabs of a product's record, with the one that is shown now marked."""
    return page_tabs(context, "inventory.product", product)


@register.simple_tag(takes_context=True)
def page_tabs(context, page: str, record) -> list[Link]:
    """The tabs of a record's page, with the one that is shown now marked."""
    request = context["request"]
    here = request.resolver_match.view_name if request.resolver_match else ""
    links = []
    for tab in tabs_for(page, record, request.user):
        try:
            links.append(Link(tab.label, reverse(tab.url_name, args=[record.pk]), tab.url_name == here))
        except NoReverseMatch:  # the app is installed, its pages are not
            continue
    return links


@register.simple_tag(takes_context=True)
def stock_tabs(context) -> list[Link]:
    """The lists of documents that correct stock, with the one that is shown now marked."""
    request = context["request"]
    here = request.resolver_match.view_name if request.resolver_match else ""
    tabs = tabs_for("inventory.stock", None, request.user)
    return [Link(tab.label, reverse(tab.url_name), tab.url_name == here) for tab in tabs]


@register.inclusion_tag("inventory/_archive.html", takes_context=True)
def archive_panel(context, product) -> dict:
    """Archiving, taking back and deleting, for those who may; with the reason where it cannot be done now."""
    return {
        "product": product,
        "levels": product.stock_levels.exclude(on_hand=0).select_related("store").order_by("store__name"),
        "is_unused": not product.movements.exists(),
        "perms": context["perms"],
        "csrf_token": context["csrf_token"],
    }
