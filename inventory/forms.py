"""What people type into the product record: its shape, and normalising it once."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from inventory.models import Barcode, Category, Product
from inventory.scans import barcode_key, gtin_problem
from microbiz.money import NotAnAmount, format_money, parse_money
from settings_app.models import ShopSettings, TaxClass


class MoneyField(forms.CharField):
    """An amount as people type it, in minor units of the shop's currency; None when left empty. Never negative."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, *, max_length=20, **options):
        super().__init__(max_length=max_length, **options)

    def prepare_value(self, value):
        return format_money(value, ShopSettings.load().currency) if isinstance(value, int) else value

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            amount = parse_money(text.replace("−", "-"), ShopSettings.load().currency)
        except NotAnAmount as refusal:
            raise ValidationError(str(refusal)) from None
        if amount < 0:
            raise ValidationError(
                _("An amount below zero cannot be right. Type 0 or more.")
                if self.required
                else _("An amount below zero cannot be right. Leave it empty if it is not known.")
            )
        return amount

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)


class BarcodeRows(forms.MultipleHiddenInput):
    """One line for each barcode, and an empty one for the next."""

    template_name = "inventory/_barcodes.html"
    input_type = "text"
    use_fieldset = True

    @property
    def is_hidden(self):
        return False

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        codes = [code for code in value or () if code]
        context["widget"]["rows"] = [(code, gtin_problem(code)) for code in codes]
        return context


class BarcodesField(forms.Field):
    """All barcodes of a product, each once, in the order of the lines."""

    widget = BarcodeRows

    def to_python(self, value: Sequence[str] | None) -> list[str]:
        codes = {barcode_key(code): code.strip() for code in value or () if code.strip()}
        return list(codes.values())

    def validate(self, value):
        longest = Barcode._meta.get_field("code").max_length
        problems = [problem for code in value if (problem := gtin_problem(code))]
        problems += [
            _("“%(start)s…” is too long for a barcode: it has at most %(most)d characters.")
            % {"start": code[:20], "most": longest}
            for code in value
            if max(len(code), len(barcode_key(code))) > longest  # capitals may be longer: ß becomes SS
        ]
        if problems:
            raise ValidationError(problems)

    def has_changed(self, initial, data):
        return self.to_python(initial) != self.to_python(data)


class ProductForm(forms.ModelForm):
    """The Details of a product. Whether a code is free and whether the record changed is the operation's to say."""

    category = forms.CharField(
        label=_("Category"),
        required=False,
        max_length=Category._meta.get_field("path").max_length,
        help_text=_("Choose one, or type a new one. A > leads to a category inside another: Cameras > Lenses."),
        widget=forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
    )
    price = MoneyField(label=_("Price"), required=False, help_text=_("Left empty, the register asks for it."))
    cost = MoneyField(label=_("Cost"), required=False)
    barcodes = BarcodesField(label=_("Barcodes"), required=False)
    seen = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    seen_barcodes = forms.Field(required=False, widget=forms.MultipleHiddenInput)

    class Meta:
        model = Product
        fields = [
            "name",
            "sku",
            "description",
            "manufacturer",
            "model_number",
            "price",
            "cost",
            "tax_class",
            "serial_tracking",
        ]
        labels = {"name": _("Name"), "description": _("Description"), "manufacturer": _("Manufacturer")} | {
            "model_number": _("Model"),
            "tax_class": _("Tax class"),
            "serial_tracking": _("Serials"),
        }
        error_messages = {
            "name": {"required": _("A product needs a name.")},
            "sku": {"required": _("A product needs a SKU: the code by which the shop calls it.")},
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "manufacturer": forms.TextInput(attrs={"list": "manufacturers", "autocomplete": "off"}),
            "sku": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        }

    def __init__(self, data=None, *, instance: Product, shows_cost: bool, sets_tracking: bool):
        super().__init__(data, instance=instance, initial=_initial(instance))
        self.fields["tax_class"].queryset = TaxClass.objects.all()
        self.fields["tax_class"].empty_label = _("None")
        if not instance.pk:
            self.fields["name"].widget.attrs["autofocus"] = True
        if not shows_cost:
            del self.fields["cost"]
        elif instance.average is not None:
            average = format_money(instance.average, ShopSettings.load().currency)
            self.fields["cost"].help_text = _("of the last shipment; on average %(average)s") % {"average": average}
        if not sets_tracking or instance.pk:
            del self.fields["serial_tracking"]

    def validate_unique(self):
        """The operation says whose a code is."""

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())

    def clean_seen_barcodes(self):
        return list(self.cleaned_data["seen_barcodes"] or ())

    @property
    def record_fields(self) -> dict[str, Any]:
        """What goes into the product itself."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields if name in self.fields}

    def caught_up(self, current: Product, base: Product | None) -> "ProductForm":
        """The same entries on top of what somebody else saved meanwhile.

        Fields that this person left alone show the other's values; those that they changed keep theirs. `base` is
        the product as this person saw it, where that is known.
        """
        theirs = ProductForm(
            instance=current, shows_cost="cost" in self.fields, sets_tracking="serial_tracking" in self.fields
        )
        mine = self.data.copy()
        before = _initial(base) if base else {}
        for name in self.fields:
            if name in before and not self.fields[name].has_changed(before[name], mine.get(name)):
                mine[name] = theirs[name].value() if theirs[name].value() is not None else ""
        _merge_barcodes(mine, theirs["barcodes"].value())
        mine["seen"] = theirs["seen"].value()
        return ProductForm(
            mine, instance=current, shows_cost="cost" in self.fields, sets_tracking="serial_tracking" in self.fields
        )


def _merge_barcodes(mine: QueryDict, theirs: Sequence[str]) -> None:
    """Put this person's additions and removals on top of the barcodes that are there now."""
    posted, seen = mine.getlist("barcodes"), {barcode_key(code) for code in mine.getlist("seen_barcodes")}
    wanted = {barcode_key(code) for code in posted if code.strip()}
    kept = [code for code in theirs if barcode_key(code) in wanted or barcode_key(code) not in seen]
    added = [code for code in posted if code.strip() and barcode_key(code) not in seen]
    mine.setlist("barcodes", [*kept, *added])
    mine.setlist("seen_barcodes", list(theirs))


def _initial(product: Product) -> dict[str, Any]:
    """A product's values as the form shows them."""
    values: dict[str, Any] = {name: getattr(product, name) for name in ProductForm.Meta.fields if name != "tax_class"}
    values |= {"tax_class": product.tax_class_id, "category": product.category.path if product.category_id else ""}
    if isinstance(product, Product):
        codes = [barcode.code for barcode in product.barcodes.all()] if product.pk else []
        values |= {"barcodes": codes, "seen_barcodes": codes}
        values["seen"] = product.updated_at.isoformat() if product.pk else ""
    return values


class CategoryForm(forms.Form):
    """A category's name and where it hangs."""

    name = forms.CharField(label=_("Name"), max_length=Category._meta.get_field("name").max_length)
    parent = forms.ModelChoiceField(
        label=_("Inside"), queryset=Category.objects.all(), required=False, empty_label=_("Nothing: at the top")
    )

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].split())
        if ">" in name:
            raise ValidationError(_("Leave out the >; choose under Inside where it belongs."))
        return name
