"""Signing in, and the settings pages that this app owns."""

from django.urls import path

from settings_app import views

app_name = "settings_app"
urlpatterns = [
    path("login/", views.sign_in, name="login"),
    path("logout/", views.sign_out, name="logout"),
    path("pin/", views.switch_by_pin, name="pin"),
    path("lock/", views.lock, name="lock"),
    path("account/", views.account, name="account"),
    path("settings/", views.index, name="settings"),
    path("settings/store/", views.choose_store, name="choose_store"),
    path("settings/general/", views.general, name="general"),
    path("settings/stores/", views.stores, name="stores"),
    path("settings/stores/new/", views.store, name="new_store"),
    path("settings/stores/<int:pk>/", views.store, name="store"),
    path("settings/taxes/", views.taxes, name="taxes"),
    path("settings/taxes/new/", views.tax_class, name="new_tax_class"),
    path("settings/taxes/<int:pk>/", views.tax_class, name="tax_class"),
    path("settings/people/", views.people, name="people"),
    path("settings/people/new/", views.person, name="new_person"),
    path("settings/people/<int:pk>/", views.person, name="person"),
]
