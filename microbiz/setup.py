"""First day of a real shop: company, currency, store, register and administrator, once."""

from django import forms
from django.contrib.auth import login, password_validation
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from microbiz.errors import DomainError
from microbiz.roles import sync_roles
from microbiz.transactions import operation
from register.models import PaymentMethod, Register
from settings_app.forms import CodeField, currencies, is_pin, time_zones
from settings_app.models import ShopSettings, Staff, Store, TaxClass

OPEN_PATHS = ("/setup/", "/healthz", "/static/")


class AlreadyOpen(DomainError):
    """Somebody has set this shop up before."""


def is_open() -> bool:
    """Whether the first day is over: somebody can sign in."""
    return Staff.objects.exists()


class FirstDayMiddleware:
    """Until the shop is set up, every page leads to the questions of the first day."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.is_open = False

    def __call__(self, request):
        if not self.is_open and not request.path.startswith(OPEN_PATHS):
            if not request.user.is_authenticated and not is_open():
                return redirect("setup")
            self.is_open = True
        return self.get_response(request)


@operation
def open_shop(
    *, company: str, currency: str, store: Store, register_name: str, admin: Staff, password: str, pin: str = ""
) -> Staff:
    """Make the settings, the first store with a register, the usual payment methods and the administrator.

    All or nothing, and once: raises AlreadyOpen when somebody was faster. The one row of settings is the lock.
    """
    try:
        with transaction.atomic():
            ShopSettings(pk=1, company=company, currency=currency).save(force_insert=True)
    except IntegrityError:
        raise AlreadyOpen(_("This shop is set up already. Sign in.")) from None
    if is_open():
        raise AlreadyOpen(_("This shop is set up already. Sign in."))
    store.save()
    Register.objects.create(store=store, name=register_name, prefix=f"{store.code[:5]}1")
    for position, (name, kind) in enumerate(
        [(_("Cash"), "cash"), (_("Card"), "card"), (_("Store credit"), "store_credit")]
    ):
        PaymentMethod.objects.create(name=str(name), kind=kind, position=position)
    TaxClass.objects.create(name=str(_("Standard")), is_default=True)
    sync_roles()
    admin.set_password(password)
    if pin:
        admin.set_pin(pin)
    admin.save()
    admin.groups.add(Group.objects.get(name="Admin"))
    admin.stores.add(store)
    return admin


class SetupForm(forms.Form):
    """The questions of the first day."""

    company = forms.CharField(label=_("Company"), max_length=120)
    currency = forms.ChoiceField(label=_("Currency"), choices=currencies, initial="USD")
    store = forms.CharField(label=_("Store"), max_length=80)
    code = CodeField(
        label=_("Short code"),
        max_length=5,
        validators=[RegexValidator(r"^[A-Z0-9]+$", _("Capital letters and digits only."))],
        help_text=_("Receipt numbers begin with it, such as H for H1-000001."),
    )
    city = forms.CharField(label=_("City"), max_length=80, required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones, initial="America/New_York")
    register = forms.CharField(label=_("Register"), max_length=40, initial=_("Till 1"))
    first_name = forms.CharField(label=_("First name"), max_length=150)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    username = forms.CharField(
        label=_("User name"), max_length=150, validators=[Staff.username_validator], initial="admin"
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )
    pin = forms.CharField(
        label=_("PIN"),
        required=False,
        validators=[is_pin],
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric", "maxlength": 4}),
        help_text=_("Four digits, to switch at a register. It can be set later."),
    )

    SHOP = ("company", "currency")
    STORE = ("store", "code", "city", "time_zone", "register")
    ADMIN = ("first_name", "last_name", "username", "password", "pin")

    def shop_fields(self):
        return [self[name] for name in self.SHOP]

    def store_fields(self):
        return [self[name] for name in self.STORE]

    def admin_fields(self):
        return [self[name] for name in self.ADMIN]

    def clean(self):
        entered = super().clean()
        if entered.get("password"):
            try:
                password_validation.validate_password(entered["password"], Staff(username=entered.get("username", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return entered


@login_not_required
@never_cache
@sensitive_post_parameters("password", "pin")
def setup(request):
    """Ask once; afterwards there is nothing at this address."""
    if is_open():
        raise Http404
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            admin = open_shop(
                company=entered["company"],
                currency=entered["currency"],
                store=Store(
                    name=entered["store"],
                    code=entered["code"],
                    city=entered["city"],
                    time_zone=entered["time_zone"],
                ),
                register_name=entered["register"],
                admin=Staff(
                    username=entered["username"], first_name=entered["first_name"], last_name=entered["last_name"]
                ),
                password=entered["password"],
                pin=entered["pin"],
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            login(request, admin, backend="settings_app.backends.StaffBackend")
            return redirect("home")
    return render(request, "microbiz/setup.html", {"form": form}, status=422 if form.errors else 200)
