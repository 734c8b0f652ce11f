"""Addresses of purchase orders, below those of receiving."""

from django.urls import path

from receiving.purchasing.views import listing, order, papers

urlpatterns = [
    path("", listing.order_list, name="purchase_orders"),
    path("new/", listing.new, name="new_purchase_order"),
    path("suggested/", listing.suggested, name="suggested_orders"),
    path("<int:pk>/", order.order, name="purchase_order"),
    path("<int:pk>/scan/", order.scan, name="purchase_order_scan"),
    path("<int:pk>/quantity/", order.quantity, name="purchase_order_quantity"),
    path("<int:pk>/cost/", order.cost, name="purchase_order_cost"),
    path("<int:pk>/remove/", order.remove, name="purchase_order_remove"),
    path("<int:pk>/head/", order.head, name="purchase_order_head"),
    path("<int:pk>/send/", order.send, name="purchase_order_send"),
    path("<int:pk>/receive/", order.receive, name="purchase_order_receive"),
    path("<int:pk>/cancel/", order.cancel, name="purchase_order_cancel"),
    path("<int:pk>/close/", order.close, name="purchase_order_close"),
    path("<int:pk>/print/", papers.print_page, name="purchase_order_print"),
    path("<int:pk>/order.pdf", papers.pdf, name="purchase_order_pdf"),
]
