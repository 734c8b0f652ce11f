"""The Purchasing tab, below the addresses of products."""

from django.urls import path

from receiving.purchasing.views import product

app_name = "purchasing"

urlpatterns = [
    path("<int:pk>/purchasing/", product.supply, name="product"),
]
