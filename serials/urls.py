from django.urls import include, path

from serials.views import back_fill, corrections, differences, popup, products, tracking, units

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
    path("products/<int:pk>/serial-numbers/back-fill/<int:store_pk>/", back_fill.page, name="back_fill"),
    path("products/<int:pk>/serial-numbers/back-fill/<int:store_pk>/scan/", back_fill.scan, name="back_fill_scan"),
    path("products/<int:pk>/serial-numbers/back-fill/<int:store_pk>/paste/", back_fill.paste, name="back_fill_paste"),
    path("products/<int:pk>/serial-numbers/back-fill/<int:store_pk>/undo/", back_fill.undo, name="back_fill_undo"),
    path("serials/differences/", differences.differences, name="differences"),
    path("serials/differences/<int:product_pk>/<int:store_pk>/", differences.difference, name="difference"),
    path("serials/differences/<int:product_pk>/<int:store_pk>/move/", differences.move, name="difference_move"),
    path("serials/differences/<int:product_pk>/<int:store_pk>/<slug:kind>/", differences.apply_fix, name="fix_apply"),
    path("serials/fixes/", differences.fixes, name="fixes"),
    path("serials/fixes/<int:pk>/undo/", differences.undo, name="fix_undo"),
    path("serials/correct/<str:label>/<int:pk>/<int:serial_pk>/", corrections.correct, name="correct"),
    path("serials/look-up/", units.look_up_code, name="look_up"),
    path("serials/units/<int:pk>/", units.unit, name="unit"),
    path("serials/<str:label>/<int:pk>/", include(line)),
]
