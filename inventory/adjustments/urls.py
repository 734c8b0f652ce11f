from django.urls import path

from inventory.adjustments import views

app_name = "adjustments"

urlpatterns = [
    path("<int:pk>/stock/", views.stock, name="stock"),
    path("<int:pk>/stock/<int:store_pk>/leaving/", views.leaving, name="leaving"),
    path("adjustments/<int:pk>/", views.adjustment, name="adjustment"),
]
