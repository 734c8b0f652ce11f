from django.urls import path

from orders.views import customers, lines, listing, order, papers, settings

app_name = "orders"

urlpatterns = [
    path("customers/", customers.customers, name="customers"),
    path("customers/new/", customers.new_customer, name="new_customer"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/credit/", customers.store_credit, name="store_credit"),
    path("customers/<int:pk>/archive/", customers.archive, name="archive"),
    path("customers/<int:pk>/orders/", listing.customer_orders, name="customer_orders"),
    path("orders/", listing.orders, name="orders"),
    path("orders/new/", order.new_order, name="new_order"),
    path("orders/hand-overs/<int:pk>/", order.hand_over_page, name="hand_over"),
    path("orders/<int:pk>/", order.order, name="order"),
    path("orders/<int:pk>/history/", order.history, name="history"),
    path("orders/<int:pk>/scan/", lines.scan_code, name="scan"),
    path("orders/<int:pk>/price-of/", lines.price_of, name="price_of"),
    path("orders/<int:pk>/quantity/", lines.quantity, name="quantity"),
    path("orders/<int:pk>/price/", lines.price, name="price"),
    path("orders/<int:pk>/discount/", lines.discount, name="discount"),
    path("orders/<int:pk>/remove/", lines.remove, name="remove"),
    path("orders/<int:pk>/details/", order.details, name="details"),
    path("orders/<int:pk>/customer/", order.customer, name="order_customer"),
    path("orders/<int:pk>/open/", order.open_, name="open"),
    path("orders/<int:pk>/status/", order.status, name="status"),
    path("orders/<int:pk>/cancel/", order.cancel, name="cancel"),
    path("orders/<int:pk>/hand-over/", order.hand_out, name="hand_out"),
    path("orders/<int:pk>/print/", papers.print_page, name="print"),
    path("orders/<int:pk>/order.pdf", papers.pdf, name="pdf"),
    path("settings/order-statuses/", settings.statuses, name="statuses"),
    path("settings/order-statuses/new/", settings.status, name="new_status"),
    path("settings/order-statuses/<int:pk>/", settings.status, name="edit_status"),
]
