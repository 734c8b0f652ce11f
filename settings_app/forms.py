"""Forms of signing in, people and settings."""

import zoneinfo
from decimal import Decimal

from babel.numbers import get_currency_name, list_currencies
from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import Group
from django.core.validators import RegexValidator
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from settings_app.models import ShopSettings, Staff, Store, TaxClass, TaxRate

CONTINENTS = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)
is_pin = RegexValidator(r"^\d{4}$", _("A PIN has four digits."))


def currencies() -> list[tuple[str, str]]:
    """Every currency that Babel knows today, by its code."""
    locale = to_locale(get_language() or "en-us")
    return [
        (code, f"{code}  {get_currency_name(code, locale=locale)}") for code in sorted(list_currencies(locale=locale))
    ]


def time_zones() -> list[tuple[str, str]]:
    """Places whose clock a store may follow, by continent."""
    names = sorted(name for name in zoneinfo.available_timezones() if name.startswith(CONTINENTS) or name == "UTC")
    return [(name, name.replace("_", " ")) for name in names]


class CodeField(forms.CharField):
    """A short code such as H1; typed in small letters it means the same."""

    def to_python(self, value):
        return super().to_python(value).upper()


class ManyField(forms.ModelMultipleChoiceField):
    """Several records by their ids; one that no database can hold is no choice, not an error of the database."""

    def clean(self, value):
        if wrong := next((pk for pk in value or () if len(str(pk)) > 18), None):
            raise forms.ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": wrong})
        return super().clean(value)


class SignInForm(AuthenticationForm):
    """User name and password."""

    error_messages = {
        "invalid_login": _("User name and password do not belong together. Both tell capital from small letters."),
        "inactive": _("This person no longer signs in here."),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        if self.data.get("username"):  # refused: the password is what has to be typed again
            del self.fields["username"].widget.attrs["autofocus"]
            self.fields["password"].widget.attrs["autofocus"] = True


class PinForm(forms.Form):
    """Who, and their PIN. Whether it is the right one is the operation's to say."""

    staff = forms.ModelChoiceField(queryset=Staff.objects.none(), error_messages={"required": _("Choose who you are.")})
    pin = forms.CharField(validators=[is_pin], error_messages={"required": _("Type the four digits of your PIN.")})

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["staff"].queryset = people


def new_password() -> forms.CharField:
    """A password to take the place of the one in use. Its form validates it, as it knows whose it is."""
    return forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. Leave it empty to keep the one in use."),
    )


def new_pin() -> forms.CharField:
    """A PIN to take the place of the one in use."""
    return forms.CharField(
        label=_("New PIN"),
        required=False,
        validators=[is_pin],
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric", "maxlength": 4}),
        help_text=_("Four digits, to switch at a register. Leave it empty to keep the one in use."),
    )


class AccountForm(forms.Form):
    """One's own password and PIN; the password in use stands for the person."""

    current = forms.CharField(
        label=_("Password in use"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    password = new_password()
    pin = new_pin()

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        self.staff = staff

    def clean_current(self):
        if not self.staff.check_password(self.cleaned_data["current"]):
            raise forms.ValidationError(_("That is not your password."))
        return self.cleaned_data["current"]

    def clean_password(self):
        if password := self.cleaned_data["password"]:
            password_validation.validate_password(password, self.staff)
        return self.cleaned_data["password"]


class GeneralForm(forms.ModelForm):
    """The company, the add-on and the default for new products."""

    currency = forms.ChoiceField(label=_("Currency"), choices=currencies)

    class Meta:
        model = ShopSettings
        fields = ["company", "currency", "receipt_footer", "serial_numbers_enabled", "default_serial_tracking"]
        labels = {"company": _("Company"), "receipt_footer": _("Text at the foot of receipts")}
        widgets = {"default_serial_tracking": forms.RadioSelect}


class StoreForm(forms.ModelForm):
    """A store: where it is, its clock, and whether it sells before it books goods in."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)

    class Meta:
        model = Store
        fields = [
            "name", "code", "address", "city", "region", "postal_code", "phone", "time_zone",
            "allows_negative_stock", "is_active",
        ]  # fmt: skip
        field_classes = {"code": CodeField}
        help_texts = {"is_active": _("Nobody works in a store that is not active; what happened there stays.")}


class PercentField(forms.DecimalField):
    """A rate typed as percent, 8.25, and kept in thousandths of a percent, 8250."""

    def __init__(self, **kwargs):
        super().__init__(min_value=0, max_value=100, decimal_places=3, **kwargs)

    def prepare_value(self, value):
        return f"{value / 1000:g}" if isinstance(value, int) else value

    def clean(self, value):
        percent = super().clean(value)
        return None if percent is None else int(percent * Decimal(1000))

    def has_changed(self, initial, data):
        return super().has_changed(None if initial is None else Decimal(initial) / 1000, data)


class TaxClassForm(forms.ModelForm):
    class Meta:
        model = TaxClass
        fields = ["name", "is_default"]


class TaxRateForm(forms.ModelForm):
    """One rate in one store; a row that is left without a rate says nothing."""

    rate = PercentField(label=_("Rate"), required=False)

    class Meta:
        model = TaxRate
        fields = ["store", "name", "rate", "is_inclusive"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        self.fields["store"].queryset = Store.objects.filter(is_active=True)
        self.fields["store"].empty_label = _("Choose")
        for name in ("store", "name", "rate"):  # the table's head is their label on screen
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("rate") is not None and not cleaned.get("name"):
            self.add_error("name", _("What shall the receipt call it?"))
        if cleaned.get("rate") is None and (cleaned.get("name") or self.instance.pk) and "rate" not in self.errors:
            self.add_error("rate", _("Type the rate, or remove the row."))
        return cleaned


class StaffForm(forms.ModelForm):
    """A person. Fields for the password and the PIN are empty: what is typed replaces what was."""

    roles = ManyField(
        label=_("Roles"), queryset=Group.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    stores = ManyField(
        label=_("Stores"), queryset=Store.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    password = new_password()
    pin = new_pin()
    clear_pin = forms.BooleanField(label=_("Take the PIN away"), required=False)

    class Meta:
        model = Staff
        fields = ["first_name", "last_name", "username", "email", "is_active"]
        labels = {"username": _("User name"), "is_active": _("Active")}
        help_texts = {
            "username": _("What the person types to sign in."),
            "is_active": _("A person who is not active cannot sign in; what they did keeps their name."),
        }

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = True
        self.fields["roles"].queryset = Group.objects.order_by("pk")
        self.fields["stores"].queryset = by.stores_allowed()
        if self.instance.pk:
            self.fields["roles"].initial = self.instance.groups.all()
            self.fields["stores"].initial = self.instance.stores.all()
        else:
            self.fields["password"].label, self.fields["pin"].label = _("Password"), _("PIN")
            self.fields["password"].help_text = _(
                "At least 10 characters. Without one the person signs in by PIN only."
            )
            self.fields["pin"].help_text = _("Four digits, to switch at a register.")
            del self.fields["clear_pin"]

    def clean_password(self):
        password = self.cleaned_data["password"]
        if password:
            password_validation.validate_password(password, self.instance)
        return password
