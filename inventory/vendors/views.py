"""Vendors: the list, the record, the people there."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory.errors import VendorTaken
from inventory.models import Vendor
from inventory.vendors.forms import ContactFormSet, VendorForm, VendorsFilter
from inventory.vendors.operations import archive_vendor, save_contacts, save_vendor
from settings_app.middleware import StaffRequest

PAGE = 50
RECORD = ("GET", "HEAD", "POST")


def may(permission: str):
    return permission_required(permission, raise_exception=True)


@require_safe
@may("inventory.view_vendor")
def vendors(request: StaffRequest) -> HttpResponse:
    """Everybody we buy from, or who is meant by what was typed."""
    form = VendorsFilter(request.GET)
    form.is_valid()
    query = form.cleaned_data.get("q", "")
    found = Vendor.objects.all() if form.cleaned_data.get("archived") else Vendor.objects.active()
    page = Paginator(found.found_by(query), PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "query": query, "total": Vendor.objects.active().count()}
    name = "vendors/_vendors.html" if request.htmx.target == "vendors" else "vendors/vendors.html"
    return render(request, name, context)


@require_http_methods(RECORD)
@may("inventory.add_vendor")
def new(request: StaffRequest) -> HttpResponse:
    form = VendorForm(request.POST or None)
    if form.is_bound and (made := _saved(form, None)):
        messages.success(request, _("%(name)s is on the list.") % {"name": made})
        return redirect(made)
    return render(request, "vendors/new.html", {"form": form}, status=422 if form.is_bound else 200)


def _saved(form: VendorForm, vendor: Vendor | None) -> Vendor | None:
    if not form.is_valid():
        return None
    try:
        return save_vendor(vendor, **form.cleaned_data)
    except VendorTaken as reason:
        form.add_error("name", str(reason))
        return None


@require_http_methods(RECORD)
@may("inventory.view_vendor")
def vendor(request: StaffRequest, pk: int) -> HttpResponse:
    """The Details tab, with who changed what and when."""
    record = get_object_or_404(Vendor, pk=pk)
    may_change = request.user.has_perm("inventory.change_vendor")
    form = VendorForm(request.POST or None, instance=Vendor.objects.get(pk=pk))
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        if saved := _saved(form, record):
            messages.success(request, _("Saved: %(name)s.") % {"name": saved})
            return redirect(saved if "stay" in request.POST else "vendors:vendors")
    context = {
        "vendor": record,
        "form": form,
        "may_change": may_change,
        "history": record.history.select_related("history_user")[:20],
    }
    return render(request, "vendors/details.html", context, status=422 if form.is_bound else 200)


@require_http_methods(RECORD)
@may("inventory.view_vendor")
def contacts(request: StaffRequest, pk: int) -> HttpResponse:
    """The Contacts tab: people at the vendor."""
    record = get_object_or_404(Vendor, pk=pk)
    may_change = request.user.has_perm("inventory.change_vendor")
    forms = ContactFormSet(request.POST or None, instance=record)
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        if forms.is_valid():
            changed = forms.save(commit=False)
            save_contacts(record, kept=changed, removed=forms.deleted_objects)
            messages.success(request, _("Saved: the contacts of %(name)s.") % {"name": record})
            return redirect("vendors:contacts", record.pk)
    context = {"vendor": record, "forms": forms, "may_change": may_change}
    return render(request, "vendors/contacts.html", context, status=422 if forms.is_bound else 200)


@require_POST
@may("inventory.change_vendor")
def archive(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a vendor off the lists, or put one back."""
    record = archive_vendor(get_object_or_404(Vendor, pk=pk), is_archived="restore" not in request.POST)
    text = _("%(name)s is archived.") if record.is_archived else _("%(name)s is back on the list.")
    messages.success(request, text % {"name": record})
    return redirect(record)
