"""Open stock as it is typed on the Stock tab."""

from collections.abc import Mapping, Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.adjustments.models import Adjustment, ReasonCode
from microbiz.filtering import ListFilter
from microbiz.incoming import id_of
from settings_app.models import Store

MOST_UNITS = 1_000_000


class OpenStockForm(forms.Form):
    """One figure for each store that the person may change, with the reason for all of them."""

    reason = forms.ModelChoiceField(
        label=gettext_lazy("Reason"), queryset=ReasonCode.objects.active(), to_field_name="code", empty_label=None
    )
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
        self.ticked = [pk for pk in map(id_of, data.getlist("leaving")) if pk]

    def find_at(self, store: Store) -> str:
        """What is looked for in the list of this store."""
        return self.data.get(f"find_{store.pk}", "")[:400]


def reasons_for(reason: ReasonCode | None = None):
    """The reasons that may be chosen, and the one that a draft already has."""
    found = ReasonCode.objects.active()
    return found | ReasonCode.objects.filter(pk=reason.pk) if reason else found


class NewAdjustmentForm(forms.Form):
    """Where and why."""

    store = forms.ModelChoiceField(Store.objects.none(), label=gettext_lazy("Store"), empty_label=None)
    reason = forms.ModelChoiceField(
        ReasonCode.objects.active(), label=gettext_lazy("Reason"), to_field_name="code", empty_label=None
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)

    def __init__(self, *args, stores, **options):
        super().__init__(*args, **options)
        self.fields["store"].queryset = stores


class DetailsForm(forms.Form):
    """Why, and what is to be remembered."""

    reason = forms.ModelChoiceField(ReasonCode.objects.none(), to_field_name="code")
    note = forms.CharField(required=False, max_length=200)

    def __init__(self, *args, adjustment: Adjustment, **options):
        super().__init__(*args, **options)
        self.fields["reason"].queryset = reasons_for(adjustment.reason)


class AdjustmentsFilter(ListFilter):
    """The state of the list of adjustments, as its address holds it. What makes no sense is ignored."""

    PERIODS = [
        ("", gettext_lazy("Any day")),
        ("1", gettext_lazy("Since yesterday")),
        ("7", gettext_lazy("Last 7 days")),
        ("60", gettext_lazy("Last 60 days")),
        ("365", gettext_lazy("Last year")),
    ]

    store = forms.ModelChoiceField(Store.objects.none(), required=False)
    reason = forms.ModelChoiceField(ReasonCode.objects.all(), required=False, to_field_name="code")
    status = forms.ChoiceField(choices=[("", gettext_lazy("Any status")), *Adjustment.Status.choices], required=False)
    since = forms.ChoiceField(choices=PERIODS, required=False)

    def __init__(self, *args, stores, **options):
        super().__init__(*args, **options)
        self.fields["store"].queryset = stores


class ReasonForm(forms.ModelForm):
    """A reason under Settings. Its code is what documents keep, so it never changes."""

    class Meta:
        model = ReasonCode
        fields = ["code", "name", "is_active"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        is_new = self.instance.pk is None
        self.fields["code"].disabled = not is_new
        self.fields["code"].help_text = _("Short, such as 07 or THEFT. It cannot be changed later.")
        self.fields["name"].required = is_new
        if self.instance.is_builtin:
            self.fields["name"].help_text = _("Built in as “%(name)s”.") % {
                "name": dict(Adjustment.Reason.choices)[self.instance.code]
            }
