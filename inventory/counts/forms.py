"""What is typed on the pages of stock counts."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.counts.models import CountScan, StockCount
from inventory.models import Category, Product
from inventory.scans import barcode_key
from microbiz.filtering import ListFilter
from settings_app.models import Store

MOST_LISTED = 500


class NewCountForm(forms.Form):
    """Where and what to count."""

    store = forms.ModelChoiceField(Store.objects.none(), label=gettext_lazy("Store"), empty_label=None)
    scope = forms.ChoiceField(label=gettext_lazy("What is counted"), choices=StockCount.Scope, initial="store")
    category = forms.ModelChoiceField(
        Category.objects.all(),
        label=gettext_lazy("Category"),
        required=False,
        empty_label="",
        help_text=gettext_lazy("With everything below it."),
    )
    products = forms.CharField(
        label=gettext_lazy("Products"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("Scan or paste SKUs or barcodes, one per line."),
    )
    tracked_only = forms.BooleanField(label=gettext_lazy("Only products with serial numbers"), required=False)
    is_blind = forms.BooleanField(
        label=gettext_lazy("Blind: while counting, nobody sees what is expected"), required=False, initial=True
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)

    def __init__(self, *args, stores, serials_enabled, **options):
        super().__init__(*args, **options)
        self.fields["store"].queryset = stores
        if not serials_enabled:
            del self.fields["tracked_only"]

    def clean(self):
        cleaned = super().clean()
        scope = cleaned.get("scope")
        if scope == StockCount.Scope.CATEGORY and not cleaned.get("category"):
            self.add_error("category", _("Choose the category that is counted."))
        if scope == StockCount.Scope.PRODUCTS and "products" in cleaned:
            cleaned["products"] = self._products(cleaned["products"])
        return cleaned

    def _products(self, text: str) -> list[Product]:
        codes = list(dict.fromkeys(code for line in text.splitlines() if (code := line.strip())))
        if not codes or len(codes) > MOST_LISTED:
            text = _("List the products that are counted, at most %(most)d.") % {"most": MOST_LISTED}
            self.add_error("products", text)
            return []
        keys = {barcode_key(code) for code in codes}
        found = Product.objects.filter(sku__in=codes) | Product.objects.filter(barcodes__key__in=keys)
        products = list(found.distinct().prefetch_related("barcodes"))
        known = {one.sku for one in products} | {code.key for one in products for code in one.barcodes.all()}
        unknown = [code for code in codes if code not in known and barcode_key(code) not in known]
        if unknown:
            self.add_error(
                "products",
                _("Not in the catalogue: %(codes)s. Scan the product again.") % {"codes": ", ".join(unknown)},
            )
        return products

    @property
    def what(self) -> dict:
        """The scope as `start_count` takes it."""
        cleaned = self.cleaned_data
        return {
            "category": cleaned["category"] if cleaned["scope"] == StockCount.Scope.CATEGORY else None,
            "products": cleaned["products"] if cleaned["scope"] == StockCount.Scope.PRODUCTS else (),
            "tracked_only": cleaned.get("tracked_only", False),
            "is_blind": cleaned["is_blind"],
            "note": cleaned["note"],
        }


class CountsFilter(ListFilter):
    """The state of the list of counts, as its address holds it. What makes no sense is ignored."""

    store = forms.ModelChoiceField(Store.objects.none(), required=False, empty_label=gettext_lazy("All stores"))
    status = forms.ChoiceField(choices=[("", gettext_lazy("Any status")), *StockCount.Status.choices], required=False)

    def __init__(self, *args, stores, **options):
        super().__init__(*args, **options)
        self.fields["store"].queryset = stores


class ScanForm(forms.Form):
    """One code that was scanned, and what it may belong to."""

    code = forms.CharField(required=False, max_length=400, strip=False)
    product = forms.ModelChoiceField(Product.objects.all(), required=False)
    waits = forms.ModelChoiceField(Product.objects.all(), required=False)  # its number was asked for
    scan_id = forms.CharField(required=False, max_length=40)


class QuantityForm(forms.Form):
    """How many units were meant by a scan."""

    scan = forms.ModelChoiceField(CountScan.objects.none())
    quantity = forms.IntegerField()

    def __init__(self, *args, count, **options):
        super().__init__(*args, **options)
        self.fields["scan"].queryset = count.scans.select_related("count", "product")
