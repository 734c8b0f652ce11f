"""What is typed about vendor shipments, read once."""

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.forms import MoneyField
from inventory.models import Vendor
from microbiz.filtering import ListFilter
from microbiz.uploads import UploadField
from receiving.models import PurchaseOrder, PurchaseOrderLine, VendorShipment
from serials.forms import ListForm
from settings_app.forms import ManyField
from settings_app.models import Store

FOCUSED = {"autofocus": True, "autocomplete": "off"}
NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}


class PapersForm(forms.Form):
    """What the vendor's papers say."""

    invoice_number = forms.CharField(label=_("Invoice number"), max_length=60, required=False)
    packing_slip_number = forms.CharField(label=_("Packing slip number"), max_length=60, required=False)
    freight = MoneyField(label=_("Freight"), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args, shows_cost, **options):
        super().__init__(*args, **options)
        if not shows_cost:
            del self.fields["freight"]


class NewShipmentForm(PapersForm):
    """From whom, to which store, and for which orders."""

    vendor = forms.ModelChoiceField(
        label=_("Vendor"),
        queryset=Vendor.objects.active(),
        empty_label=_("Choose a vendor"),
        widget=forms.Select(attrs={"autofocus": True}),
    )
    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.none(), empty_label=None)
    orders = ManyField(label=_("Against purchase orders"), queryset=PurchaseOrder.objects.none(), required=False)
    field_order = ("vendor", "store", "orders", "invoice_number", "packing_slip_number", "freight", "note")

    def __init__(self, *args, staff, **options):
        super().__init__(*args, **options)
        self.fields["store"].queryset = staff.stores_allowed()
        self.fields["orders"].queryset = awaited_orders(staff)


def awaited_orders(staff):
    """Orders of the person's stores of which something is still to come, newest first."""
    lines = PurchaseOrderLine.objects.outstanding()
    return PurchaseOrder.objects.for_staff(staff).filter(pk__in=lines.values("order")).select_related("vendor", "store")


class OrdersForm(forms.Form):
    """More orders of the same vendor whose goods are in this shipment."""

    orders = ManyField(queryset=PurchaseOrder.objects.none())

    def __init__(self, *args, shipment, staff, **options):
        super().__init__(*args, **options)
        own = awaited_orders(staff).filter(vendor=shipment.vendor_id, store=shipment.store_id)
        self.fields["orders"].queryset = own.exclude(lines__shipment_lines__shipment=shipment)


class LineForm(forms.Form):
    """The units and the cost of a line, and what becomes of those that are missing."""

    quantity = forms.IntegerField(
        label=_("Units received"), min_value=0, max_value=99_999, widget=forms.TextInput(attrs=FOCUSED | NUMERIC)
    )
    unit_cost = MoneyField(label=_("Unit cost"), required=False)
    closes_short = forms.TypedChoiceField(
        label=_("Units that are missing"),
        choices=[("", _("Stay on back order")), ("1", _("Will not come: close them"))],
        coerce=bool,
        empty_value=False,
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, line, shows_cost, **options):
        super().__init__(*args, **options)
        if not shows_cost:
            del self.fields["unit_cost"]
        if line.order_line_id is None:
            del self.fields["closes_short"]


class QuantityForm(forms.Form):
    """Units alone, as the buttons beside them send."""

    quantity = forms.IntegerField(
        label=_("Units"), min_value=0, max_value=99_999, widget=forms.TextInput(attrs=FOCUSED | NUMERIC)
    )


class NumbersForm(ListForm):
    """The vendor's list of serial numbers, pasted."""


class FileForm(forms.Form):
    """A file of serial numbers, and what it is."""

    file = UploadField(label=_("CSV or XLSX file"), widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}))
    announced = forms.TypedChoiceField(
        label=_("What the file says"),
        choices=[("", _("These units arrived")), ("1", _("These units are announced: compare by scanning"))],
        coerce=bool,
        empty_value=False,
        required=False,
        initial="",
        widget=forms.RadioSelect,
    )


class ReasonForm(forms.Form):
    """Why a rule is set aside, or goods are taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs=FOCUSED))


class ShipmentsFilter(ListFilter):
    """What the list shows; unknown values are as if they were not there."""

    q = forms.CharField(max_length=100, required=False)
    show = forms.ChoiceField(choices=VendorShipment.Status, required=False)
    vendor = forms.ModelChoiceField(queryset=Vendor.objects.all(), required=False)
    store = forms.ModelChoiceField(queryset=Store.objects.all(), required=False)
