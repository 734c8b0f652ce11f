from django.urls import path

from transfers.views import listing, pages, requests, unpacking

app_name = "transfers"

urlpatterns = [
    path("", listing.transfer_list, name="transfers"),
    path("new/", requests.new, name="new"),
    path("<int:pk>/", pages.transfer, name="transfer"),
    path("<int:pk>/scan/", unpacking.scan, name="scan"),
    path("<int:pk>/quantity/", requests.quantity, name="quantity"),
    path("<int:pk>/remove/", requests.remove, name="remove"),
    path("<int:pk>/details/", requests.details, name="details"),
    path("<int:pk>/send/", requests.send, name="send"),
    path("<int:pk>/cancel/", requests.cancel, name="cancel"),
    path("<int:pk>/count/", unpacking.count, name="count"),
    path("<int:pk>/all-arrived/", unpacking.mark_all, name="mark_all"),
    path("<int:pk>/take-off/", unpacking.take_off, name="take_off"),
    path("<int:pk>/decide/<slug:decision>/", unpacking.decide, name="decide"),
    path("<int:pk>/rest-stays/", unpacking.rest_stays, name="rest_stays"),
    path("<int:pk>/undo/<int:discrepancy_pk>/", unpacking.undo, name="undo"),
    path("<int:pk>/receive/", unpacking.receive, name="receive"),
    path("<int:pk>/take-back/", unpacking.take_back, name="take_back"),
    path("<int:pk>/packing-list/", requests.packing_list, name="packing_list"),
    path("<int:pk>/packing-list.pdf", requests.packing_list_pdf, name="packing_list_pdf"),
]
