from django.urls import path, re_path

from inventory import views

app_name = "inventory"

urlpatterns = [
    path("", views.product_list, name="products"),
    re_path("^suggestions/(?P<kind>categories|manufacturers)/$", views.suggestions, name="suggestions"),
    path("found/", views.found, name="found"),
    path("new/", views.new_product, name="new_product"),
    path("categories/", views.categories, name="categories"),
    path("categories/<int:pk>/", views.category, name="category"),
    path("categories/<int:pk>/delete/", views.delete_category, name="delete_category"),
    path("<int:pk>/", views.product, name="product"),
    path("<int:pk>/history/", views.history, name="history"),
    path("<int:pk>/archive/", views.archive, name="archive"),
    path("<int:pk>/unarchive/", views.unarchive, name="unarchive"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]
