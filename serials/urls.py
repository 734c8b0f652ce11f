from django.urls import path

from serials.views import popup, products, units

app_name = "serials"

urlpatterns = [
    path("", units.unit_list, name="units"),
    path("look-up/", units.look_up_code, name="look_up"),
    path("units/<int:pk>/", units.unit, name="unit"),
    path("products/<int:pk>/", products.product, name="product"),
    path("products/<int:pk>/add/", products.add, name="product_add"),
    # The pop-up, addressed by kind of line: /serials/register.saleline/42/
    path("<str:label>/<int:pk>/", popup.line, name="line"),
    path("<str:label>/<int:pk>/scan/", popup.scan, name="line_scan"),
    path("<str:label>/<int:pk>/new/", popup.add_new, name="line_new"),
    path("<str:label>/<int:pk>/take/", popup.take, name="line_take"),
    path("<str:label>/<int:pk>/paste/", popup.paste, name="line_paste"),
    path("<str:label>/<int:pk>/range/", popup.preview_range, name="line_range"),
    path("<str:label>/<int:pk>/bar/", popup.bar, name="line_bar"),
    path("<str:label>/<int:pk>/list/", popup.choices, name="line_choices"),
]
