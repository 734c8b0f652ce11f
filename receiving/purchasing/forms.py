"""What people type about purchase orders: shape only; whether it may be so is the operations' to say."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from inventory.forms import MoneyField
from inventory.models import Product, Vendor, VendorProduct
from inventory.supply.operations import Offer, Reorder
from microbiz.filtering import ListFilter
from receiving.models import PurchaseOrder
from receiving.purchasing.operations import LONGEST_REASON, MOST_UNITS, Pick
from receiving.purchasing.supply import Suggestion
from settings_app.models import Store

DateInput = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class HeadForm(forms.Form):
    """From whom, where to, by when. The store is settled once the order has its number."""

    vendor = forms.ModelChoiceField(label=_("Vendor"), queryset=Vendor.objects.active(), empty_label=_("Choose"))
    store = forms.ModelChoiceField(label=_("Deliver to"), queryset=Store.objects.none(), empty_label=None)
    expected_on = forms.DateField(label=_("Expected on"), required=False, widget=DateInput)
    note = forms.CharField(label=_("Note for the vendor"), required=False, max_length=200)

    def __init__(self, data=None, *, initial=None, stores=None):
        super().__init__(data, initial=initial)
        self.fields["vendor"].widget.attrs["autofocus"] = True
        if stores is None:
            del self.fields["store"]
        else:
            self.fields["store"].queryset = Store.objects.filter(pk__in=[store.pk for store in stores])


class QuantityForm(forms.Form):
    quantity = forms.IntegerField(label=_("Units"), min_value=0, max_value=MOST_UNITS)
    quantity.widget.attrs["autofocus"] = True


class CostForm(forms.Form):
    unit_cost = MoneyField(label=_("Cost of a unit"))
    unit_cost.widget.attrs["autofocus"] = True


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why?"), max_length=LONGEST_REASON)
    reason.widget.attrs["autofocus"] = True


class OrderFilter(ListFilter):
    """The filters of the list; what nobody knows is passed over."""

    q = forms.CharField(required=False)
    status = forms.ChoiceField(choices=[("open", _("To come")), *PurchaseOrder.Status.choices], required=False)
    vendor = forms.ModelChoiceField(queryset=Vendor.objects.all(), required=False, empty_label=_("All vendors"))
    store = forms.ModelChoiceField(queryset=Store.objects.none(), required=False, empty_label=_("All stores"))

    def __init__(self, data, *, stores):
        super().__init__(data)
        self.fields["store"].queryset = Store.objects.filter(pk__in=[store.pk for store in stores])
        for name in ("vendor", "store"):
            self.fields[name].widget.attrs |= {"data-submit": "", "aria-label": self.fields[name].empty_label}


class SuggestionsForm(forms.Form):
    """Which suggestions are taken, how many units of each, and from whom where nobody has said yet."""

    def __init__(self, data=None, *, suggestions: list[Suggestion]):
        super().__init__(data)
        self.suggestions = suggestions
        for one in suggestions:
            self.fields[f"take_{one.key}"] = forms.BooleanField(required=False, initial=one.offer is not None)
            self.fields[f"units_{one.key}"] = forms.IntegerField(
                min_value=0, max_value=MOST_UNITS, initial=one.supply.to_order, required=False
            )
            self.fields[f"vendor_{one.key}"] = forms.ModelChoiceField(
                queryset=Vendor.objects.active(),
                initial=one.offer.vendor_id if one.offer else None,
                empty_label=_("Choose a vendor"),
                required=False,
            )

    def rows(self):
        for one in self.suggestions:
            yield one, self[f"take_{one.key}"], self[f"units_{one.key}"], self[f"vendor_{one.key}"]

    def clean(self):
        cleaned = super().clean()
        for one in self.suggestions:
            if cleaned.get(f"take_{one.key}") and not cleaned.get(f"vendor_{one.key}"):
                self.add_error(f"vendor_{one.key}", _("Choose from whom."))
        return cleaned

    @property
    def picks(self) -> list[Pick]:
        data = self.cleaned_data
        return [
            Pick(one.store, data[f"vendor_{one.key}"], one.product, data[f"units_{one.key}"] or 0)
            for one in self.suggestions
            if data[f"take_{one.key}"]
        ]


class ReorderForm(forms.Form):
    """The reorder point of one store, both figures or none."""

    point = forms.IntegerField(label=_("Reorder below"), min_value=1, max_value=MOST_UNITS, required=False)
    up_to = forms.IntegerField(label=_("Order up to"), min_value=1, max_value=MOST_UNITS, required=False)

    def __init__(self, data, *, store: Store, initial: dict):
        super().__init__(data, prefix=f"store{store.pk}", initial=initial)
        self.store = store

    def clean(self):
        cleaned = super().clean()
        if not self.errors and (cleaned["point"] is None) != (cleaned["up_to"] is None):
            self.add_error("up_to" if cleaned["up_to"] is None else "point", _("Both figures, or neither."))
        return cleaned

    @property
    def reorder(self) -> Reorder:
        return Reorder(self.store, self.cleaned_data["point"], self.cleaned_data["up_to"])


class OfferForm(forms.Form):
    """One vendor of a product. An empty row, or one without a vendor, is no offer."""

    vendor = forms.ModelChoiceField(
        label=_("Vendor"), queryset=Vendor.objects.none(), required=False, empty_label=_("None")
    )
    item_number = forms.CharField(label=_("Their item number"), max_length=64, required=False)
    cost = MoneyField(label=_("Cost"), required=False)

    def __init__(self, *args, shows_cost: bool, **kwargs):
        super().__init__(*args, **kwargs)
        known = self.initial.get("vendor")
        self.fields["vendor"].queryset = Vendor.objects.active() | Vendor.objects.filter(pk=known)
        if not shows_cost:
            del self.fields["cost"]

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("vendor") and (cleaned.get("item_number") or cleaned.get("cost") is not None):
            raise ValidationError(_("Choose the vendor of this row."))
        return cleaned

    def offer(self, *, is_preferred: bool) -> Offer | None:
        vendor = self.cleaned_data.get("vendor")
        if vendor is None:
            return None
        cost = self.cleaned_data.get("cost")
        return Offer(vendor, self.cleaned_data["item_number"], cost, is_preferred, keeps_cost="cost" not in self.fields)


class SupplyForm:
    """The Purchasing tab as a whole: a reorder point for each of the person's stores, and the vendors."""

    SPARE = 2  # empty rows for new vendors

    def __init__(self, data, *, product: Product, stores: list[Store], shows_cost: bool):
        points = {point.store_id: point for point in product.reorder_points.all()}
        offers: list[VendorProduct] = list(product.offers.select_related("vendor"))
        self.reorders = [
            ReorderForm(
                data,
                store=store,
                initial={"point": points[store.pk].point, "up_to": points[store.pk].up_to}
                if store.pk in points
                else {},
            )
            for store in stores
        ]
        count = len(offers) + self.SPARE
        if data is not None:
            posted = data.get("offers", "")
            count = min(int(posted), 999) if posted.isascii() and posted.isdigit() and len(posted) < 4 else count
        self.offers = []
        for at in range(count):
            known = offers[at] if at < len(offers) else None
            initial = {"vendor": known.vendor_id, "item_number": known.item_number, "cost": known.cost} if known else {}
            self.offers.append(OfferForm(data, prefix=f"offer{at}", initial=initial, shows_cost=shows_cost))
        preferred = next((str(at) for at, offer in enumerate(offers) if offer.is_preferred), "")
        self.preferred = data.get("preferred", "") if data is not None else preferred

    def is_valid(self) -> bool:
        wrong = [form for form in [*self.reorders, *self.offers] if not form.is_valid()]  # every one shows its errors
        return not wrong

    def entered_reorders(self) -> list[Reorder]:
        return [form.reorder for form in self.reorders]

    def entered_offers(self) -> list[Offer]:
        made = (form.offer(is_preferred=self.preferred == str(at)) for at, form in enumerate(self.offers))
        return [offer for offer in made if offer is not None]
