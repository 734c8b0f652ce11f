"""The tabs of a customer's record, whichever app they belong to."""

from django import template
from django.urls import reverse

from microbiz.tabs import tabs_for

register = template.Library()


@register.simple_tag(takes_context=True)
def customer_tabs(context, customer) -> list[dict]:
    """Label and address of each tab that the person may see."""
    request = context["request"]
    links = [
        (tab.label, reverse(tab.url_name, args=[customer.pk]))
        for tab in tabs_for("orders.customer", customer, request.user)
    ]
    return [{"label": label, "url": url, "is_current": url == request.path} for label, url in links]
