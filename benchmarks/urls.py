"""The shop's addresses, and a page with nothing on it but the shell that every page has."""

from django.shortcuts import render
from django.urls import include, path


def empty(request):
    return render(request, "base.html")


urlpatterns = [path("benchmarks/empty/", empty), path("", include("microbiz.urls"))]
