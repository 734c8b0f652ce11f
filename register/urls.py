"""The addresses of the counter: /register/ is the till, /sales/ what it sold."""

from django.urls import path

from register.views import orders, payment, returns, sales, shifts, till, trade_ins

app_name = "register"

urlpatterns = [
    path("register/", till.till, name="till"),
    path("register/scan/", till.scan_code, name="scan"),
    path("register/add/", till.add, name="add"),
    path("register/claim/", till.claim, name="claim"),
    path("register/quantity/", till.quantity, name="quantity"),
    path("register/price/", till.price, name="price"),
    path("register/discount/", till.discount, name="discount"),
    path("register/remove/", till.remove, name="remove"),
    path("register/customer/", till.customer, name="customer"),
    path("register/customer/new/", till.new_customer, name="new_customer"),
    path("register/hold/", till.hold, name="hold"),
    path("register/held/", till.held, name="held"),
    path("register/held/<int:pk>/", till.recall, name="recall"),
    path("register/void/", till.void, name="void"),
    path("register/override/", till.override, name="override"),
    path("register/order/<int:pk>/", orders.order, name="order"),
    path("register/order/<int:pk>/sell/", orders.sell_order, name="sell_order"),
    path("register/order/<int:pk>/off/", orders.take_off, name="take_off"),
    path("register/pay/", payment.pay, name="pay"),
    path("register/pay/<int:pk>/", payment.complete, name="complete"),
    path("register/return/", returns.find_receipt, name="return"),
    path("register/return/without/", returns.return_without, name="return_without"),
    path("register/return/<int:pk>/", returns.return_receipt, name="return_receipt"),
    path("register/return/order/<int:pk>/", returns.return_hand_over, name="return_hand_over"),
    path("register/return/order/<int:pk>/rows/", returns.hand_over_rows, name="hand_over_rows"),
    path("register/return/<int:pk>/rows/", returns.return_rows, name="return_rows"),
    path("register/trade-in/", trade_ins.find_product, name="trade_in"),
    path("register/trade-in/product/", trade_ins.new_product, name="traded_product"),
    path("register/trade-in/<int:pk>/", trade_ins.take_in, name="take_in"),
    path("register/choose/", shifts.choose, name="choose"),
    path("register/open/", shifts.open_register, name="open"),
    path("register/drawer/", shifts.drawer, name="drawer"),
    path("register/cash/in/", shifts.cash, {"way": "in"}, name="cash_in"),
    path("register/cash/out/", shifts.cash, {"way": "out"}, name="cash_out"),
    path("register/close/", shifts.close, name="close"),
    path("register/shifts/<int:pk>/", shifts.report, name="report"),
    path("register/shifts/<int:pk>/report.pdf", shifts.report_file, name="report_pdf"),
    path("register/receipt/<int:pk>/print", payment.print_receipt, name="print"),
    path("register/receipt/<int:pk>/receipt.pdf", payment.receipt_file, name="pdf"),
    path("customers/<int:pk>/receipts/", sales.customer_sales, name="customer_sales"),
    path("sales/", sales.sales, name="sales"),
    path("sales/<int:pk>/", sales.receipt, name="receipt"),
]
