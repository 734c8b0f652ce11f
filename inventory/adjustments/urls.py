from django.urls import path

from inventory.adjustments.views import documents, drafts, stock

app_name = "adjustments"

urlpatterns = [
    path("products/<int:pk>/stock/", stock.stock, name="stock"),
    path("products/<int:pk>/stock/<int:store_pk>/leaving/", stock.leaving, name="leaving"),
    path("adjustments/", documents.adjustments, name="adjustments"),
    path("adjustments/new/", documents.new, name="new"),
    path("adjustments/<int:pk>/", documents.adjustment, name="adjustment"),
    path("adjustments/<int:pk>/side/", drafts.side, name="side"),
    path("adjustments/<int:pk>/scan/", drafts.scan, name="scan"),
    path("adjustments/<int:pk>/quantity/", drafts.quantity, name="quantity"),
    path("adjustments/<int:pk>/remove/", drafts.remove, name="remove"),
    path("adjustments/<int:pk>/leaves/", drafts.leaves, name="leaves"),
    path("adjustments/<int:pk>/details/", drafts.details, name="details"),
    path("adjustments/<int:pk>/discard/", drafts.discard, name="discard"),
    path("adjustments/<int:pk>/post/", documents.post, name="post"),
    path("adjustments/<int:pk>/override/", documents.override, name="override"),
    path("adjustments/<int:pk>/reverse/", documents.take_back, name="reverse"),
]
