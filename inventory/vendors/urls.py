from django.urls import path

from inventory.vendors import views

app_name = "vendors"

urlpatterns = [
    path("", views.vendors, name="vendors"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.vendor, name="vendor"),
    path("<int:pk>/contacts/", views.contacts, name="contacts"),
    path("<int:pk>/archive/", views.archive, name="archive"),
]
