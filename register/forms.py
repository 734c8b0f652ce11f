"""What is typed at the counter, read once."""

from datetime import date
from decimal import Decimal, InvalidOperation

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from inventory.forms import MoneyField
from microbiz.errors import DomainError
from microbiz.filtering import ListFilter
from microbiz.money import parse_money
from settings_app.models import SerialTracking, ShopSettings, Store


def _focused(**attrs):
    return {"autofocus": True, "autocomplete": "off"} | attrs


class QuantityForm(forms.Form):
    quantity = forms.IntegerField(
        label=_("Units"), min_value=0, widget=forms.TextInput(attrs=_focused(inputmode="numeric"))
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason, kept with the sale"), max_length=200, widget=forms.TextInput(attrs=_focused())
    )


class PriceForm(forms.Form):
    """A price for one unit. Without `needs_reason` it is that of a product which has none."""

    price = MoneyField(label=_("Price of one unit"), widget=forms.TextInput(attrs=_focused(inputmode="decimal")))
    reason = forms.CharField(label=_("Reason, kept with the sale"), max_length=200)

    def __init__(self, *args, needs_reason=True, **options):
        super().__init__(*args, **options)
        if not needs_reason:
            del self.fields["reason"]


class DiscountForm(forms.Form):
    """An amount, or with a percent sign a share of the price; for one line or the whole sale."""

    whole = forms.ChoiceField(
        label=_("On"), choices=[("", _("This line")), ("1", _("Whole sale"))], widget=forms.RadioSelect, required=False
    )
    amount = forms.CharField(
        label=_("Discount"),
        max_length=20,
        help_text=_("10% or 5.00; 0 takes it away"),
        widget=forms.TextInput(attrs=_focused()),
    )
    reason = forms.CharField(label=_("Reason, kept with the sale"), max_length=200)

    def clean(self):
        text = self.cleaned_data.get("amount", "").strip()
        if text.endswith("%"):
            try:
                share = Decimal(text[:-1].strip().replace(",", "."))
            except InvalidOperation:
                share = Decimal("NaN")
            if not (share.is_finite() and 0 <= share <= 100):
                self.add_error(
                    "amount", _("“%(text)s” is no percentage of 0 to 100. Type it like 10%%.") % {"text": text}
                )
            self.cleaned_data["share"] = {"percent": share}
        elif text:
            try:
                self.cleaned_data["share"] = {"amount": parse_money(text, ShopSettings.load().currency)}
            except DomainError as error:
                self.add_error("amount", str(error))
        return self.cleaned_data


class OpenForm(forms.Form):
    opening_balance = MoneyField(
        label=_("Cash in the drawer"), widget=forms.TextInput(attrs=_focused(inputmode="decimal"))
    )


class CashForm(forms.Form):
    amount = MoneyField(label=_("Amount"), widget=forms.TextInput(attrs=_focused(inputmode="decimal")))
    reason = forms.CharField(label=_("What for"), max_length=200)


RETURN_REASONS = [
    _("Not wanted"),
    _("Faulty"),
    _("Wrong product"),
    _("Damaged on arrival"),
    _("Other"),
]


class NoReceiptForm(forms.Form):
    """Goods that come back without a receipt: what, how many, for how much, why."""

    product = forms.CharField(
        label=_("SKU, barcode or serial number"),
        max_length=200,
        widget=forms.TextInput(attrs=_focused(spellcheck="false")),
    )
    quantity = forms.IntegerField(
        label=_("Units"), min_value=1, initial=1, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    price = MoneyField(label=_("Refund for one unit, before tax"))
    reason = forms.CharField(label=_("Reason, kept with the sale"), max_length=200)


class TradeInForm(forms.Form):
    """One kind of goods that a customer sells to us: which unit, how many, for how much, in what state."""

    number = forms.CharField(
        label=_("Serial number"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
    )
    quantity = forms.IntegerField(
        label=_("Units"), min_value=1, initial=1, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    price = MoneyField(label=_("We pay for one unit"))
    condition = forms.CharField(
        label=_("Condition"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Good, scratch on the lid…")}),
    )

    def __init__(self, *args, tracked, **options):
        super().__init__(*args, **options)
        if not tracked:
            del self.fields["number"]
        first = next(name for name in ("number", "price") if name in self.fields and not self.initial.get(name))
        self.fields[first].widget.attrs["autofocus"] = True


class TradedProductForm(forms.Form):
    """A product that nobody knew before a customer brought it."""

    name = forms.CharField(label=_("Name"), max_length=300, widget=forms.TextInput(attrs=_focused()))
    category = forms.CharField(
        label=_("Category"),
        max_length=250,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "trade-categories"}),
    )
    price = MoneyField(
        label=_("Price at which it will be sold"), required=False, help_text=_("Left empty, the register asks for it.")
    )
    serial_tracking = forms.ChoiceField(label=_("Serial numbers"), choices=SerialTracking)


class SalesFilter(ListFilter):
    """The state of the list of sales, as its address holds it. What makes no sense is ignored."""

    KINDS = [("", _("All")), ("sales", _("Sales")), ("returns", _("Returns")), ("trade_ins", _("Trade-ins"))]
    PERIODS = [
        ("", _("Any day")),
        ("today", _("Today")),
        ("7", _("Last 7 days")),
        ("60", _("Last 60 days")),
        ("365", _("Last year")),
    ]

    q = forms.CharField(required=False, max_length=200)
    kind = forms.ChoiceField(choices=KINDS, required=False)
    store = forms.ModelChoiceField(Store.objects.none(), required=False, empty_label=_("All stores"))
    since = forms.ChoiceField(choices=PERIODS, required=False)
    day = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=[MinValueValidator(date(1970, 1, 2)), MaxValueValidator(date(2999, 12, 31))],
    )
    staff = forms.ModelChoiceField(None, required=False, empty_label=_("Everybody"))

    def __init__(self, *args, stores, people, **options):
        super().__init__(*args, **options)
        self.fields["store"].queryset = stores
        self.fields["staff"].queryset = people
