"""What is typed on transfers, read once."""

from django import forms
from django.utils.translation import gettext_lazy as _

from microbiz.filtering import ListFilter
from settings_app.models import Store
from transfers.models import Transfer

FOCUSED = {"autofocus": True, "autocomplete": "off"}


class RequestForm(forms.Form):
    """From which store to which, one of them the person's own."""

    from_store = forms.ModelChoiceField(label=_("From"), queryset=Store.objects.none(), empty_label=None)
    to_store = forms.ModelChoiceField(label=_("To"), queryset=Store.objects.none(), empty_label=None)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args, own, **options):
        super().__init__(*args, **options)
        self.own = {store.pk for store in own}
        for name in ("from_store", "to_store"):
            self.fields[name].queryset = Store.objects.filter(is_active=True)

    def clean(self):
        chosen = self.cleaned_data
        sender, receiver = chosen.get("from_store"), chosen.get("to_store")
        if sender and sender == receiver:
            self.add_error("to_store", _("Choose another store than the one that sends."))
        elif sender and receiver and not {sender.pk, receiver.pk} & self.own:
            self.add_error("to_store", _("One of the two must be a store where you work."))
        return chosen


class DetailsForm(forms.Form):
    boxes = forms.IntegerField(
        label=_("Boxes"), min_value=1, max_value=999, widget=forms.TextInput(attrs=FOCUSED | {"inputmode": "numeric"})
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class QuantityForm(forms.Form):
    quantity = forms.IntegerField(
        label=_("Units"),
        min_value=0,
        max_value=99_999,
        widget=forms.TextInput(attrs=FOCUSED | {"inputmode": "numeric"}),
    )


class CountForm(forms.Form):
    counted = forms.IntegerField(min_value=0, max_value=99_999)


class DecisionForm(forms.Form):
    """A decision on one unit, or (`quantity`) on so many without serial numbers; empty means all of them."""

    quantity = forms.IntegerField(label=_("Units"), min_value=1, max_value=99_999, required=False)
    reason = forms.CharField(
        label=_("Reason, kept with the unit"), max_length=200, required=False, widget=forms.TextInput(attrs=FOCUSED)
    )


class TransferFilter(ListFilter):
    """What the list shows; unknown values are as if they were not there."""

    SHOW = [
        ("receive", _("To receive")),
        ("send", _("To send")),
        ("transit", _("In transit")),
        ("received", _("Received")),
        ("cancelled", _("Cancelled")),
    ]
    DIRECTIONS = [("in", _("In")), ("out", _("Out"))]

    q = forms.CharField(max_length=100, required=False)
    show = forms.ChoiceField(choices=SHOW, required=False)
    direction = forms.ChoiceField(choices=DIRECTIONS, required=False)
    store = forms.ModelChoiceField(queryset=Store.objects.all(), required=False)


STATUS_OF = {
    "transit": Transfer.Status.SENT,
    "received": Transfer.Status.RECEIVED,
    "cancelled": Transfer.Status.CANCELLED,
}
