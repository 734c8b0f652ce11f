from django.urls import path, re_path

from microbiz.reports import views

app_name = "reports"

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("today/ageing/", views.ages, name="ages"),
    path("all/", views.index, name="index"),
    path("<slug:slug>/", views.report, name="report"),
    path("<slug:slug>/paper/", views.paper, name="paper"),
    re_path(r"^(?P<slug>[-\w]+)/export\.(?P<kind>csv|xlsx)$", views.export, name="export"),
]
