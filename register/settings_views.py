"""Registers and payment methods, as pages of the settings."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from microbiz.errors import DomainError
from register.models import PaymentMethod, Register
from register.operations.settings import save_payment_method, save_register
from settings_app.forms import CodeField


class RegisterForm(forms.ModelForm):
    class Meta:
        model = Register
        fields = ["store", "name", "prefix", "is_active"]
        field_classes = {"prefix": CodeField}

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = staff.stores_allowed()
        self.fields["store"].disabled = self.instance.pk is not None
        self.fields["prefix"].help_text = _("Receipt numbers begin with it, such as H1 for H1-000001.")
        self.fields["is_active"].help_text = _("Nothing is sold at a register that is not active; its receipts stay.")


class PaymentMethodForm(forms.ModelForm):
    class Meta:
        model = PaymentMethod
        fields = ["name", "kind", "position", "is_active"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("Choose")), *PaymentMethod.Kind.choices]
        self.fields["kind"].disabled = self.instance.pk is not None
        self.fields["position"].help_text = _("The smallest number comes first when paying.")


@permission_required("register.view_register", raise_exception=True)
@require_safe
def registers(request):
    found = Register.objects.filter(store__in=request.user.stores_allowed()).select_related("store")
    return render(request, "register/settings_registers.html", {"registers": found})


@permission_required("register.change_register", raise_exception=True)
def register(request, pk=None):
    """One register of one's own stores, or a new one."""
    own = Register.objects.filter(store__in=request.user.stores_allowed())
    found = get_object_or_404(own, pk=pk) if pk else Register(store=request.store)
    form = RegisterForm(request.POST or None, instance=found, staff=request.user)
    return _edit(request, form, save_register, "register_settings:registers", _("Registers"), _("New register"))


@permission_required("register.view_paymentmethod", raise_exception=True)
@require_safe
def payment_methods(request):
    return render(request, "register/settings_payment_methods.html", {"methods": PaymentMethod.objects.all()})


@permission_required("register.change_paymentmethod", raise_exception=True)
def payment_method(request, pk=None):
    """One way to pay, or a new one."""
    found = get_object_or_404(PaymentMethod, pk=pk) if pk else PaymentMethod()
    form = PaymentMethodForm(request.POST or None, instance=found)
    words = _("Payment methods"), _("New payment method")
    return _edit(request, form, save_payment_method, "register_settings:payment_methods", *words)


def _edit(request, form, save, back, crumb, new_words):
    title = str(form.instance) if form.instance.pk else new_words
    if request.method == "POST" and form.is_valid():
        try:
            save(form.save(commit=False))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. %(name)s") % {"name": form.instance})
            return redirect(back)
    context = {"form": form, "title": title, "back": back, "crumb": crumb}
    return render(request, "settings_app/record.html", context, status=422 if form.errors else 200)
