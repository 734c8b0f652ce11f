from django.urls import include, path

from receiving.views import lines, listing, reversals, shipments, vendors

app_name = "receiving"

urlpatterns = [
    path("orders/", include("receiving.purchasing.urls")),
    path("", listing.shipments, name="shipments"),
    path("new/", shipments.new, name="new"),
    path("<int:pk>/", shipments.shipment, name="shipment"),
    path("<int:pk>/side/", shipments.side, name="side"),
    path("<int:pk>/scan/", shipments.scan, name="scan"),
    path("<int:pk>/papers/", shipments.papers, name="papers"),
    path("<int:pk>/orders/", shipments.orders, name="orders"),
    path("<int:pk>/cancel/", shipments.cancel, name="cancel"),
    path("<int:pk>/receive/", shipments.receive, name="receive"),
    path("<int:pk>/line/", lines.line, name="line"),
    path("<int:pk>/quantity/", lines.quantity, name="quantity"),
    path("<int:pk>/remove/", lines.remove, name="remove"),
    path("<int:pk>/paste/", lines.paste, name="paste"),
    path("<int:pk>/save/", lines.save, name="save"),
    path("<int:pk>/range/", lines.number_range, name="range"),
    path("<int:pk>/settle/", lines.settle, name="settle"),
    path("<int:pk>/drop/", lines.drop, name="drop"),
    path("<int:pk>/expected/", lines.expected, name="expected"),
    path("<int:pk>/file/", lines.file, name="file"),
    path("<int:pk>/take-back/", reversals.start, name="take_back"),
    path("vendors/<int:pk>/", vendors.of_vendor, name="of_vendor"),
    path("vendors/<int:pk>/products/", vendors.bought_from, name="bought_from"),
    path("reversals/<int:pk>/", reversals.reversal, name="reversal"),
    path("reversals/<int:pk>/scan/", reversals.scan, name="scan_back"),
    path("reversals/<int:pk>/quantity/", reversals.quantity, name="quantity_back"),
    path("reversals/<int:pk>/post/", reversals.post, name="post_back"),
    path("reversals/<int:pk>/cancel/", reversals.cancel, name="cancel_back"),
]
