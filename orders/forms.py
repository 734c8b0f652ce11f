"""What is typed about customers and their orders."""

from datetime import date
from decimal import Decimal, InvalidOperation

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from inventory.forms import MoneyField
from microbiz.errors import DomainError
from microbiz.filtering import ListFilter
from microbiz.money import parse_money
from orders.models import Customer, CustomerOrder, OrderStatus
from settings_app.models import ShopSettings, Store


class CustomerForm(forms.ModelForm):
    """A customer's record. A number of an account is given, never typed."""

    class Meta:
        model = Customer
        fields = ["name", "phone", "email", "address", "note"]
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
            "phone": forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "note": forms.Textarea(attrs={"rows": 3}),
        }


class QuickCustomerForm(CustomerForm):
    """What a cashier asks with a queue waiting: a name and one way to reach the person."""

    class Meta(CustomerForm.Meta):
        fields = ["name", "phone", "email"]


class CustomersFilter(forms.Form):
    """The state of the customer list, as its address holds it."""

    q = forms.CharField(label=_("Find a customer"), required=False, max_length=100)
    archived = forms.BooleanField(label=_("Archived too"), required=False)


def _focused(**attrs):
    return {"autofocus": True, "autocomplete": "off"} | attrs


REASON = _("Reason, kept with the order")


class QuantityForm(forms.Form):
    quantity = forms.IntegerField(
        label=_("Units"), min_value=0, widget=forms.TextInput(attrs=_focused(inputmode="numeric"))
    )


class PriceForm(forms.Form):
    """A price for one unit. Without `needs_reason` it is that of a product which has none."""

    price = MoneyField(label=_("Price of one unit"), widget=forms.TextInput(attrs=_focused(inputmode="decimal")))
    reason = forms.CharField(label=REASON, max_length=200)

    def __init__(self, *args, needs_reason=True, **options):
        super().__init__(*args, **options)
        if not needs_reason:
            del self.fields["reason"]

    @property
    def arguments(self):
        return {"price": self.cleaned_data["price"]}


class DiscountForm(forms.Form):
    """An amount, or with a percent sign a share of the price, of one line."""

    amount = forms.CharField(
        label=_("Discount"),
        max_length=20,
        help_text=_("10% or 5.00; 0 takes it away"),
        widget=forms.TextInput(attrs=_focused()),
    )
    reason = forms.CharField(label=REASON, max_length=200)

    def clean_amount(self):
        text = self.cleaned_data["amount"].strip()
        try:
            if not text.endswith("%"):
                return {"amount": parse_money(text, ShopSettings.load().currency)}
            share = Decimal(text[:-1].strip().replace(",", "."))
        except DomainError as error:
            raise forms.ValidationError(str(error)) from error
        except InvalidOperation:
            share = Decimal("NaN")
        if not (share.is_finite() and 0 <= share <= 100):
            raise forms.ValidationError(
                _("“%(text)s” is no percentage of 0 to 100. Type it like 10%%.") % {"text": text}
            )
        return {"percent": share}

    @property
    def arguments(self):
        return self.cleaned_data["amount"]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=REASON, max_length=200, widget=forms.TextInput(attrs=_focused()))


class DetailsForm(forms.Form):
    """How an order reaches its customer, and by when."""

    fulfilment = forms.ChoiceField(
        label=_("How"), choices=CustomerOrder.Fulfilment.choices, widget=forms.Select(attrs={"autofocus": True})
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=200,
        required=False,
        help_text=_("To deliver or ship to. Left empty, it is the customer's."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    wanted_by = forms.DateField(
        label=_("Wanted by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=[MinValueValidator(date(1970, 1, 2)), MaxValueValidator(date(2999, 12, 31))],
    )
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class OrderStatusForm(forms.ModelForm):
    class Meta:
        model = OrderStatus
        fields = ["name", "position", "is_active"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["position"].help_text = _("The smallest number comes first.")
        self.fields["is_active"].help_text = _("One that is not active is no longer offered; orders keep it.")


class OrdersFilter(ListFilter):
    """The state of the list of orders, as its address holds it. What makes no sense is ignored."""

    WANTED = [
        ("", _("Wanted any day")),
        ("late", _("Overdue")),
        ("0", _("Wanted today")),
        ("7", _("Wanted within 7 days")),
        ("30", _("Wanted within 30 days")),
    ]

    q = forms.CharField(required=False, max_length=100)
    status = forms.ChoiceField(required=False)
    store = forms.ModelChoiceField(Store.objects.none(), required=False, empty_label=_("All stores"))
    wanted = forms.ChoiceField(choices=WANTED, required=False)

    def __init__(self, *args, stores, stages, **options):
        super().__init__(*args, **options)
        self.fields["store"].queryset = stores
        statuses = [
            ("", _("To hand over")),
            ("draft", _("Draft")),
            ("open", _("Open")),
            *((f"stage-{stage.pk}", stage.name) for stage in stages),
            ("complete", _("Complete")),
            ("cancelled", _("Cancelled")),
            ("refund", _("To refund")),
            ("all", _("All orders")),
        ]
        self.fields["status"].choices = statuses
