from django.urls import path

from serials.labels import views

app_name = "labels"

urlpatterns = [
    path("", views.page, name="labels"),
    path("pdf/", views.pdf, name="pdf"),
]
