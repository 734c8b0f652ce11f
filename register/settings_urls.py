"""Pages of the settings that the register owns."""

from django.urls import path

from register import settings_views as views

app_name = "register_settings"
urlpatterns = [
    path("registers/", views.registers, name="registers"),
    path("registers/new/", views.register, name="new_register"),
    path("registers/<int:pk>/", views.register, name="register"),
    path("payment-methods/", views.payment_methods, name="payment_methods"),
    path("payment-methods/new/", views.payment_method, name="new_payment_method"),
    path("payment-methods/<int:pk>/", views.payment_method, name="payment_method"),
]
