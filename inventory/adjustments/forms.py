"""Open stock as it is typed on the Stock tab."""

from collections.abc import Mapping, Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.adjustments.models import Adjustment
from settings_app.models import Store

MOST_UNITS = 1_000_000


class OpenStockForm(forms.Form):
    """One figure for each store that the person may change, with the reason for all of them."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=Adjustment.Reason)
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=Adjustment._meta.get_field("note").max_length
    )

    def __init__(self, data=None, *, stores: Sequence[Store], on_hand: Mapping[int, int], reason: str):
        super().__init__(data, initial={"reason": reason})
        self.stores = stores
        for store in stores:
            self.fields[f"on_hand_{store.pk}"] = forms.IntegerField(
                label=_("Open stock at %(store)s") % {"store": store.name},
                required=False,
                initial=on_hand.get(store.pk, 0),
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )
            self.fields[f"seen_{store.pk}"] = forms.IntegerField(
                initial=on_hand.get(store.pk, 0), widget=forms.HiddenInput
            )

    def clean(self):
        cleaned = super().clean()
        for store in self.stores:
            count, seen = cleaned.get(f"on_hand_{store.pk}"), cleaned.get(f"seen_{store.pk}")
            if count is None or count == seen:
                continue
            if count < 0:
                self.add_error(f"on_hand_{store.pk}", _("Stock cannot be entered below zero. Type 0 if none is left."))
            elif count > MOST_UNITS:
                self.add_error(f"on_hand_{store.pk}", _("That many units cannot be right. Was a barcode scanned here?"))
        return cleaned

    def changed_figures(self) -> list[tuple[Store, int, int]]:
        """The stores whose figure was changed: store, new figure, the figure that the person saw."""
        figures = []
        for store in self.stores:
            count, seen = self.cleaned_data[f"on_hand_{store.pk}"], self.cleaned_data[f"seen_{store.pk}"]
            if count is not None and count != seen:
                figures.append((store, count, seen))
        return figures

    def clean_note(self):
        return " ".join(self.cleaned_data["note"].split())


class LeavingForm(forms.Form):
    """Which serials are ticked, what is looked for, and one code that was scanned."""

    code = forms.CharField(required=False, max_length=400, strip=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)

    def __init__(self, data):
        super().__init__(data)
        self.ticked = [int(pk) for pk in data.getlist("leaving") if pk.isascii() and pk.isdigit() and len(pk) < 19]

    def find_at(self, store: Store) -> str:
        """What is looked for in the list of this store."""
        return self.data.get(f"find_{store.pk}", "")[:400]
