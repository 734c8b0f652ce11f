from django.urls import path

from orders import views

app_name = "orders"

urlpatterns = [
    path("", views.customers, name="customers"),
    path("new/", views.new_customer, name="new_customer"),
    path("<int:pk>/", views.customer, name="customer"),
    path("<int:pk>/credit/", views.store_credit, name="store_credit"),
    path("<int:pk>/archive/", views.archive, name="archive"),
]
