from django.urls import include, path

from serials.views import differences, popup, products, tracking, units

app_name = "serials"

# The pop-up, addressed by kind of line: /serials/register.saleline/42/
line = [
    path("", popup.line, name="line"),
    path("scan/", popup.scan, name="line_scan"),
    path("new/", popup.add_new, name="line_new"),
    path("take/", popup.take, name="line_take"),
    path("paste/", popup.paste, name="line_paste"),
    path("range/", popup.preview_range, name="line_range"),
    path("bar/", popup.bar, name="line_bar"),
    path("list/", popup.choices, name="line_choices"),
]

urlpatterns = [
    path("products/<int:pk>/settings/", tracking.product_settings, name="product_settings"),
    path("products/<int:pk>/settings/preview/", tracking.tracking_preview, name="tracking_preview"),
    path("products/<int:pk>/serial-numbers/", products.product, name="product"),
    path("products/<int:pk>/serial-numbers/add/", products.add, name="product_add"),
    path("products/<int:pk>/serial-numbers/gone/", products.name_gone, name="product_gone"),
    path("serials/", units.unit_list, name="units"),
    path("serials/differences/", differences.differences, name="differences"),
    path("serials/look-up/", units.look_up_code, name="look_up"),
    path("serials/units/<int:pk>/", units.unit, name="unit"),
    path("serials/<str:label>/<int:pk>/", include(line)),
]
