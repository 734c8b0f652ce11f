"""Addresses below /imports/."""

from django.urls import path

from inventory.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.imports, name="imports"),
    path("new/<slug:code>/", views.new, name="new"),
    path("template/<slug:code>.csv", views.template, name="template"),
    path("<int:pk>/", views.show, name="import"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/reading/", views.reading, name="reading"),
    path("<int:pk>/start/", views.start, name="start"),
    path("<int:pk>/stop/", views.stop, name="stop"),
    path("<int:pk>/resume/", views.resume, name="resume"),
    path("<int:pk>/result.csv", views.result, name="result"),
]
