"""The product list, the product record and categories."""

import copy
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import replace_url

from inventory import history as product_history
from inventory import listing, operations
from inventory.errors import BarcodeTaken, CategoryTooLong, CodeTaken, ProductChanged, SkuTaken
from inventory.filters import ProductFilter, clean_query
from inventory.forms import CategoryForm, ProductForm
from inventory.models import Category, Product
from microbiz.errors import DomainError
from settings_app.middleware import StaffRequest
from settings_app.models import ShopSettings, Staff

PAGE = 25  # rows
MOST_FOUND = 12  # products under a scan box
LAST_LIST = "product_list"  # session key: the query string of the list that the person came from


@permission_required("inventory.view_product", raise_exception=True)
def product_list(request: StaffRequest) -> HttpResponse:
    """Products by search and filters, with what stands in every store."""
    found = ProductFilter(request.GET, serials_enabled=ShopSettings.load().serial_numbers_enabled)
    is_sound = found.is_valid()
    page = Paginator(found.qs if is_sound else Product.objects.none(), PAGE).get_page(request.GET.get("page"))
    stores = listing.shown_stores(request.stores)
    total = Product.objects.active().count()
    context = {
        "found": found,
        "is_sound": is_sound,
        "chips": found.chips() if is_sound else [],
        "page": page,
        "stores": stores,
        "rows": listing.rows(page.object_list, stores),
        "query": request.GET.get("q", ""),
        "total": total,
    }
    if not page.object_list:
        context["without_filters"] = Product.objects.found_by(request.GET.get("q", "")).count()
    status = 200 if is_sound else 422
    if request.htmx:
        response = render(request, "inventory/_results.html", context, status=status)
        return replace_url(response, f"{request.path}?{clean_query(request.GET)}".removesuffix("?"))
    context |= {"tracked": Product.objects.active().tracked().count()}
    return render(request, "inventory/products.html", context, status=status)


@permission_required("inventory.view_product", raise_exception=True)
def product(request: StaffRequest, pk: int) -> HttpResponse:
    """The Details tab."""
    record = get_object_or_404(Product.objects.select_related("category", "tax_class"), pk=pk)
    _remember_list(request)
    if not request.user.has_perm("inventory.change_product"):
        if request.method == "POST":
            return HttpResponse(status=403)
        return render(request, "inventory/details.html", {"product": record})
    form = _form(request, copy.copy(record))
    if request.method == "POST":
        return _save(request, form, record)
    return render(request, "inventory/details.html", {"product": record, "form": form})


@permission_required("inventory.add_product", raise_exception=True)
def new_product(request: StaffRequest) -> HttpResponse:
    """An empty record with the shop's defaults."""
    _remember_list(request)
    form = _form(request, operations.new_product(name=request.GET.get("name", "")))
    if request.method == "POST":
        return _save(request, form, None)
    return render(request, "inventory/new.html", {"form": form})


def _form(request: StaffRequest, record: Product) -> ProductForm:
    staff: Staff = request.user
    return ProductForm(
        request.POST if request.method == "POST" else None,
        instance=record,
        shows_cost=staff.has_perm("inventory.view_cost"),
        sets_tracking=staff.has_perm("inventory.change_tracking") and ShopSettings.load().serial_numbers_enabled,
    )


def _save(request: StaffRequest, form: ProductForm, record: Product | None) -> HttpResponse:
    if form.is_valid():
        try:
            saved = operations.save_product(
                record,
                fields=form.record_fields,
                category=form.cleaned_data["category"],
                barcodes=form.cleaned_data["barcodes"],
                seen=form.cleaned_data["seen"],
                staff=request.user,
            )
        except ProductChanged:
            return _show_changed(request, form, record)
        except (SkuTaken, BarcodeTaken) as refusal:
            form.add_error("sku" if isinstance(refusal, SkuTaken) else "barcodes", _with_link(refusal))
        except CategoryTooLong as refusal:
            form.add_error("category", str(refusal))
        else:
            messages.success(request, _("Saved: %(product)s.") % {"product": saved.name})
            return redirect(saved) if "stay" in request.POST else redirect(_list_url(request))
    template = "inventory/details.html" if record else "inventory/new.html"
    return render(request, template, {"product": record, "form": form}, status=422)


def _with_link(refusal: CodeTaken) -> str:
    link = '{} <a href="{}">{}</a>'
    return format_html(link, str(refusal), refusal.product.get_absolute_url(), _("Open it"))


def _show_changed(request: StaffRequest, form: ProductForm, record: Product | None) -> HttpResponse:
    """Somebody saved the record meanwhile: say who and what, and put this person's entries on top of it."""
    current = Product.objects.select_related("category", "tax_class").get(pk=record.pk)
    base = product_history.state_at(current, form.cleaned_data["seen"])
    shows_cost = "cost" in form.fields
    changes = []
    if base:
        in_words = product_history.words_for([base, current])
        changes = product_history.differences(base, current, in_words, shows_cost=shows_cost)
    context = {
        "product": current,
        "form": form.caught_up(copy.copy(current), base),
        "latest": product_history.state_at(current, current.updated_at),
        "changes": changes,
        "is_changed": True,
    }
    return render(request, "inventory/details.html", context, status=422)


@require_safe
@permission_required("inventory.view_product", raise_exception=True)
def found(request: StaffRequest) -> HttpResponse:
    """Products for what is being typed into a scan box; none for less than two letters."""
    query = request.GET.get("q", "").strip()
    context: dict[str, Any] = {"query": query, "products": None}
    if len(query) > 1:
        products = list(Product.objects.active().found_by(query).with_stock_at(request.store)[: MOST_FOUND + 1])
        context |= {"products": products[:MOST_FOUND], "more": len(products) > MOST_FOUND}
    return render(request, "documents/_results.html", context)


@require_safe
@permission_required("inventory.view_product", raise_exception=True)
def suggestions(request: StaffRequest, kind: str) -> HttpResponse:
    """What a field suggests while somebody types: asked for once it has the focus, as there may be thousands."""
    if kind == "categories":
        words = list(Category.objects.order_by("path").values_list("path", flat=True))
    else:
        named = Product.objects.exclude(manufacturer="").order_by("manufacturer")
        words = list(named.values_list("manufacturer", flat=True).distinct())
    return render(request, "inventory/_suggestions.html", {"words": words})


def _remember_list(request: StaffRequest) -> None:
    """Note the list, with its filters, from which the person opened the record: Save leads back there."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    is_list = came_from.netloc == request.get_host() and came_from.path == reverse("inventory:products")
    if is_list and request.session.get(LAST_LIST, "") != came_from.query:
        request.session[LAST_LIST] = came_from.query


def _list_url(request: StaffRequest) -> str:
    return f"{reverse('inventory:products')}?{request.session.get(LAST_LIST, '')}".removesuffix("?")


@permission_required("inventory.view_product", raise_exception=True)
def history(request: StaffRequest, pk: int) -> HttpResponse:
    """The History tab: who changed what, and when."""
    record = get_object_or_404(Product.objects.select_related("category"), pk=pk)
    records = record.history.select_related("history_user")
    page = Paginator(records, PAGE).get_page(request.GET.get("page"))
    with_predecessor = list(records[page.start_index() - 1 : page.end_index() + 1]) if page.object_list else []
    found = product_history.entries(with_predecessor, shows_cost=request.user.has_perm("inventory.view_cost"))
    context = {"product": record, "page": page, "entries": found[: len(page.object_list)]}
    return render(request, "inventory/history.html", context)


@require_POST
@permission_required("inventory.change_product", raise_exception=True)
def archive(request: StaffRequest, pk: int) -> HttpResponse:
    record = get_object_or_404(Product, pk=pk)
    try:
        operations.archive_product(record, staff=request.user)
    except DomainError as refusal:
        return _refuse(request, record, refusal)
    messages.success(request, _("%(product)s is archived.") % {"product": record.name})
    return redirect(record)


@require_POST
@permission_required("inventory.change_product", raise_exception=True)
def unarchive(request: StaffRequest, pk: int) -> HttpResponse:
    record = operations.unarchive_product(get_object_or_404(Product, pk=pk), staff=request.user)
    messages.success(request, _("%(product)s is back in the list and on sale.") % {"product": record.name})
    return redirect(record)


@require_POST
@permission_required("inventory.delete_product", raise_exception=True)
def delete(request: StaffRequest, pk: int) -> HttpResponse:
    record = get_object_or_404(Product, pk=pk)
    try:
        operations.delete_product(record, staff=request.user)
    except DomainError as refusal:
        return _refuse(request, record, refusal)
    messages.success(request, _("%(product)s is deleted.") % {"product": record.name})
    return redirect(_list_url(request))


def _refuse(request: StaffRequest, record: Product, refusal: DomainError) -> HttpResponse:
    """The Details tab with the reason above it."""
    form = ProductForm(
        instance=record,
        shows_cost=request.user.has_perm("inventory.view_cost"),
        sets_tracking=False,
    )
    context = {"product": record, "form": form, "refusal": str(refusal)}
    return render(request, "inventory/details.html", context, status=422)


@permission_required("inventory.view_category", raise_exception=True)
def categories(request: StaffRequest) -> HttpResponse:
    """All categories with their products, and a form for a new one."""
    form = CategoryForm(request.POST or None)
    if request.method == "POST":
        if not request.user.has_perm("inventory.add_category"):
            return HttpResponse(status=403)
        if form.is_valid():
            parent, name = form.cleaned_data["parent"], form.cleaned_data["name"]
            try:
                made = operations.make_category(f"{parent.path}{operations.BELOW}{name}" if parent else name)
            except DomainError as refusal:
                form.add_error("name", str(refusal))
            else:
                messages.success(request, _("Saved: %(category)s.") % {"category": made})
                return redirect("inventory:categories")
    return render(request, "inventory/categories.html", _tree() | {"form": form}, status=422 if form.errors else 200)


@permission_required("inventory.change_category", raise_exception=True)
def category(request: StaffRequest, pk: int) -> HttpResponse:
    """Rename or move one category."""
    chosen = get_object_or_404(Category, pk=pk)
    form = CategoryForm(request.POST or None, initial={"name": chosen.name, "parent": chosen.parent_id})
    if request.method == "POST" and form.is_valid():
        try:
            changed = operations.change_category(chosen, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved: %(category)s.") % {"category": changed})
            return redirect("inventory:categories")
    context = _tree() | {"form": form, "chosen": chosen}
    return render(request, "inventory/categories.html", context, status=422 if form.errors else 200)


@require_POST
@permission_required("inventory.change_category", raise_exception=True)
def delete_category(request: StaffRequest, pk: int) -> HttpResponse:
    chosen = get_object_or_404(Category, pk=pk)
    try:
        operations.delete_category(chosen)
    except DomainError as refusal:
        form = CategoryForm(initial={"name": chosen.name, "parent": chosen.parent_id})
        context = _tree() | {"form": form, "chosen": chosen, "refusal": str(refusal)}
        return render(request, "inventory/categories.html", context, status=422)
    messages.success(request, _("%(category)s is deleted.") % {"category": chosen})
    return redirect("inventory:categories")


def _tree() -> dict:
    return {"tree": Category.objects.annotate(count=Count("products")).order_by("path")}
