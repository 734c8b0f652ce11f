"""Addresses of purchasing's pages, and what an order says."""

LIST, SUGGESTED = "/receiving/orders/", "/receiving/orders/suggested/"


def state(order):
    order.refresh_from_db()
    return order.status, list(order.lines.values_list("product__sku", "quantity", "unit_cost"))
