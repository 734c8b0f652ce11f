"""Signing in, switching by PIN, and the settings pages."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required, permission_required
from django.db.models import Q
from django.forms import inlineformset_factory
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from microbiz.addresses import client_address
from microbiz.errors import DomainError
from microbiz.incoming import page_to_go_to
from microbiz.limits import limited
from microbiz.remarks import remarks_on
from microbiz.tabs import tabs_for
from settings_app import operations
from settings_app.forms import (
    AccountForm,
    GeneralForm,
    PinForm,
    SignInForm,
    StaffForm,
    StoreForm,
    TaxClassForm,
    TaxRateForm,
)
from settings_app.middleware import IS_LOCKED
from settings_app.models import AuditEntry, SerialTracking, ShopSettings, Staff, Store, TaxClass, TaxRate

STORE_COOKIE = "till_store"  # the store where this browser stands, kept between sign-ins
STAYS_AT_THE_TILL = (
    "store_id",
    "register_id",
    "tenders",
    "last_scan",
)  # session keys that belong to the place, not to the person

# Each choice in words, and what it asks of a vendor shipment, a register sale or return, a customer order, and a
# transfer or adjustment. The table itself is serials/policy.py, further up; a test holds that both say the same.
TRACKING_CHOICES = [
    {
        "value": SerialTracking.OPTIONAL,
        "words": gettext_lazy("Serials can be added anywhere; nothing stops without one."),
        "needs": ("optional", "optional", "optional", "optional"),
    },
    {
        "value": SerialTracking.NONE,
        "words": gettext_lazy(
            "Right unless nearly all your products carry serials: turn tracking on for the few that do."
        ),
        "needs": ("hidden", "hidden", "hidden", "hidden"),
    },
    {
        "value": SerialTracking.SALES,
        "words": gettext_lazy("Every unit sold or returned is named. Receiving stays quick."),
        "needs": ("optional", "required", "required", "optional"),
    },
    {
        "value": SerialTracking.ALL,
        "words": gettext_lazy("Every unit is named from the delivery to the customer. For phones, cameras and drives."),
        "needs": ("required", "required", "required", "required"),
    },
]


# --- Signing in -------------------------------------------------------------------------------------------------------


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@limited("login", methods=("POST",))
def sign_in(request):
    """User name and password. The browser remembers the store where it stands."""
    if request.user.is_authenticated and not request.session.get(IS_LOCKED):
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = SignInForm(request, request.POST or None)
    here = _store_of_browser(request)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        request.session.pop(IS_LOCKED, None)
        if here and here in form.get_user().stores_allowed():
            request.session["store_id"] = here.pk
        operations.note(AuditEntry.Kind.SIGNED_IN, staff=form.get_user(), store=here, address=client_address(request))
        return redirect(_next(request))
    context = {"form": form, "here": here, "next": _next(request)}
    return render(request, "settings_app/login.html", context, status=422 if form.errors else 200)


@login_not_required
@require_POST
def sign_out(request):
    if request.user.is_authenticated:
        operations.note(AuditEntry.Kind.SIGNED_OUT, staff=request.user, address=client_address(request))
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@never_cache
@sensitive_post_parameters("pin")
@limited("pin", methods=("POST",))
def switch_by_pin(request):
    """Who is at this till? Another person of the store takes over with their PIN; the place stays."""
    people = Staff.objects.of_store(request.store).exclude(pin="") if request.store else Staff.objects.none()
    form = PinForm(request.POST or None, people=people)
    refusal = None
    if request.method == "POST" and form.is_valid():
        staff = form.cleaned_data["staff"]
        try:
            operations.check_pin(staff, form.cleaned_data["pin"], by=request.user, store=request.store)
        except DomainError as error:
            refusal = error
        else:
            _take_over(request, staff)
            return redirect(_next(request))
    context = {
        "form": form,
        "people": people,
        "chosen": form["staff"].value() or str(request.user.pk),
        "refusal": refusal,
        "next": _next(request),
        "is_locked": request.session.get(IS_LOCKED, False),
    }
    return render(request, "settings_app/pin.html", context, status=422 if refusal or form.errors else 200)


@require_POST
def lock(request):
    """Lock this till until somebody types a PIN."""
    request.session[IS_LOCKED] = True
    return redirect("settings_app:pin")


@sensitive_post_parameters("current", "password", "pin")
@limited("password", methods=("POST",))
def account(request):
    """One's own password and PIN. Other sessions of the person end with the former password."""
    form = AccountForm(request.POST or None, staff=request.user)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        operations.change_own_secrets(request.user, password=entered["password"], pin=entered["pin"])
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Saved."))
        return redirect("settings_app:account")
    return render(request, "settings_app/account.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def choose_store(request):
    """Work at another of one's stores; the register of the former one is left."""
    store = next((store for store in request.stores if str(store.pk) == request.POST.get("store")), None)
    if store is None:
        raise Http404
    request.session["store_id"] = store.pk
    request.session.pop("register_id", None)
    response = redirect(_next(request))
    response.set_cookie(
        STORE_COOKIE,
        store.pk,
        max_age=365 * 24 * 60 * 60,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def _take_over(request, staff):
    """The session gets a new key and its new person; what belongs to the till stays."""
    kept = {key: request.session[key] for key in STAYS_AT_THE_TILL if key in request.session}
    if request.store:
        kept["store_id"] = request.store.pk
    login(request, staff, backend="settings_app.backends.StaffBackend")
    request.session.pop(IS_LOCKED, None)
    request.session.update(kept)


def _next(request):
    """Where the person was going, if that is a page of this shop."""
    return page_to_go_to(request) or settings.LOGIN_REDIRECT_URL


def _store_of_browser(request):
    chosen = request.COOKIES.get(STORE_COOKIE, "")
    return Store.objects.filter(pk=chosen, is_active=True).first() if chosen.isdecimal() and len(chosen) < 19 else None


# --- Settings ---------------------------------------------------------------------------------------------------------


@require_safe
def index(request):
    """The first settings page that this person may see."""
    tabs = tabs_for("settings", None, request.user)
    if not tabs:
        raise Http404
    return redirect(tabs[0].url_name)


@permission_required("settings_app.view_shopsettings", raise_exception=True)
def general(request):
    """The company, Add On Features, and Advanced Settings > Product Settings."""
    form = GeneralForm(request.POST or None, instance=ShopSettings.load_to_change())
    if request.method == "POST" and request.user.has_perm("settings_app.change_shopsettings") and form.is_valid():
        operations.save_settings(form.save(commit=False))
        messages.success(request, _("Saved."))
        return redirect("settings_app:general")
    context = {
        "form": form,
        "choices": TRACKING_CHOICES,
        "chosen": form["default_serial_tracking"].value(),
        "remarks": [
            (value.label, texts)
            for value, texts in remarks_on("settings.tracking", list(SerialTracking)).items()
            if texts != ["0"]
        ],
        "may_change": request.user.has_perm("settings_app.change_shopsettings"),
    }
    return render(request, "settings_app/general.html", context, status=422 if form.errors else 200)


@permission_required("settings_app.view_store", raise_exception=True)
@require_safe
def stores(request):
    return render(request, "settings_app/stores.html", {"stores": Store.objects.order_by("-is_active", "name")})


@permission_required("settings_app.change_store", raise_exception=True)
def store(request, pk=None):
    """One store, or a new one."""
    zone = request.store.time_zone if request.store else "UTC"
    found = get_object_or_404(Store, pk=pk) if pk else Store(time_zone=zone)
    form = StoreForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        operations.save_settings(form.save(commit=False))
        messages.success(request, _("Saved. %(name)s") % {"name": found})
        return redirect("settings_app:stores")
    context = {
        "form": form,
        "title": found.name if pk else _("New store"),
        "back": "settings_app:stores",
        "crumb": _("Stores"),
    }
    return render(request, "settings_app/record.html", context, status=422 if form.errors else 200)


@permission_required("settings_app.view_taxclass", raise_exception=True)
@require_safe
def taxes(request):
    classes = TaxClass.objects.prefetch_related("rates__store")
    return render(request, "settings_app/taxes.html", {"classes": classes})


@permission_required("settings_app.change_taxclass", raise_exception=True)
def tax_class(request, pk=None):
    """What one class of goods pays in each store."""
    found = get_object_or_404(TaxClass, pk=pk) if pk else TaxClass()
    without = Store.objects.filter(is_active=True).exclude(pk__in=found.rates.values("store") if pk else [])
    initial = [{"store": one} for one in without]
    rates_formset = inlineformset_factory(TaxClass, TaxRate, form=TaxRateForm, extra=len(initial) + 1)
    form = TaxClassForm(request.POST or None, instance=found)
    rates = rates_formset(request.POST or None, instance=found, initial=initial, prefix="rates")
    if request.method == "POST" and form.is_valid() and rates.is_valid():
        form.save(commit=False)
        kept = [rate for rate in rates.save(commit=False) if rate.rate is not None]
        operations.save_tax_class(found, rates=kept, removed=rates.deleted_objects)
        messages.success(request, _("Saved. %(name)s") % {"name": found})
        return redirect("settings_app:taxes")
    context = {"form": form, "rates": rates, "record": found}
    wrong = form.errors or any(rates.errors) or rates.non_form_errors()
    return render(request, "settings_app/tax_class.html", context, status=422 if wrong else 200)


@permission_required("settings_app.view_staff", raise_exception=True)
@require_safe
def people(request):
    found = (
        _people_of(request.user).prefetch_related("groups", "stores").order_by("-is_active", "first_name", "last_name")
    )
    return render(request, "settings_app/people.html", {"people": found})


@permission_required("settings_app.change_staff", raise_exception=True)
@sensitive_post_parameters("password", "pin")
def person(request, pk=None):
    """One person: roles, stores, password, PIN, whether they still work here."""
    found = get_object_or_404(_people_of(request.user), pk=pk) if pk else Staff()
    form = StaffForm(request.POST or None, instance=found, by=request.user)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            operations.save_staff(
                form.save(commit=False),
                roles=entered["roles"],
                stores=entered["stores"],
                by=request.user,
                password=entered["password"],
                pin=entered["pin"],
                clear_pin=entered.get("clear_pin", False),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. %(name)s") % {"name": found})
            return redirect("settings_app:people")
    context = {"form": form, "record": found}
    return render(request, "settings_app/person.html", context, status=422 if form.errors else 200)


def _people_of(staff):
    """Whom a person may see here: everybody of the own stores, and those who have no store yet."""
    if staff.has_all_stores:
        return Staff.objects.all()
    here = Q(stores__in=staff.stores_allowed()) | Q(stores__isnull=True, is_superuser=False)
    return Staff.objects.filter(pk__in=Staff.objects.filter(here).values("pk"))
