"""Forms of the pop-up and of the product's Serial Number tab."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.scans import read_scan
from serials.models import Serial, SerializedLine
from serials.numbers import LONGEST, split_list
from serials.policy import Moment
from serials.staging import Staging
from settings_app.forms import ManyField
from settings_app.models import Store

MOST_IN_ONE_LIST = 5000


def read_staging(line: SerializedLine, posted) -> Staging:
    """The pop-up's form as it was posted."""
    quantity = posted.get("quantity", "")
    return Staging(
        line,
        posted.getlist("number"),
        posted.getlist("new"),
        posted.getlist("taking"),
        posted.getlist("unsettled"),
        int(quantity) if re.fullmatch(r"[1-9][0-9]{0,4}", quantity) else None,
    )


class CodeForm(forms.Form):
    """One scanned or typed code. `instead` names the row that it replaces."""

    code = forms.CharField(max_length=400, strip=False)
    instead = forms.CharField(max_length=400, required=False, strip=False)


class ListForm(forms.Form):
    """Many codes, pasted: one per line, or parted by tabs or commas."""

    codes = forms.CharField(
        label=_("One serial number per line, or parted by tabs or commas"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
        max_length=500_000,
    )

    def clean_codes(self):
        codes = split_list(self.cleaned_data["codes"])
        if not codes:
            raise forms.ValidationError(_("There is no serial number in this list."))
        if len(codes) > MOST_IN_ONE_LIST:
            raise forms.ValidationError(
                _("%(count)d codes in one list; at most %(most)d. Paste it in parts.")
                % {"count": len(codes), "most": MOST_IN_ONE_LIST}
            )
        return codes


class RangeForm(forms.Form):
    """The first and the last of consecutive numbers."""

    first = forms.CharField(label=_("First"), max_length=LONGEST)
    last = forms.CharField(label=_("Last"), max_length=LONGEST)


class RecordForm(ListForm):
    """Numbers for units that already stand in a store."""

    store = forms.ModelChoiceField(Store.objects.none(), label=_("Store"), empty_label=None)

    def __init__(self, *args, stores, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores


class GoneForm(forms.Form):
    """Which of a store's recorded units left without being named, and how."""

    store = forms.ModelChoiceField(Store.objects.none())
    gone = ManyField(
        Serial.objects.none(),
        error_messages={"required": _("Tick the serial numbers that are no longer here.")},
    )
    moment = forms.TypedChoiceField(
        choices=[
            (Moment.SALE.value, _("Sold without being named")),
            (Moment.ADJUST_OUT.value, _("Lost or thrown away")),
        ],
        coerce=Moment,
    )

    def __init__(self, *args, stores, product, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores
        self.fields["gone"].queryset = Serial.objects.filter(product=product)


class FixForm(forms.Form):
    """Why something is put right."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class MoveForm(forms.Form):
    """The unit that stands in another store than its record says; `store` only where it leaves this store's record."""

    number = forms.CharField(label=_("Serial number"), max_length=400)
    store = forms.ModelChoiceField(Store.objects.none(), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args, stores, product, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores
        self.product = product

    def clean_number(self):
        code = read_scan(self.cleaned_data["number"])
        found = Serial.objects.filter(product=self.product).select_related("store")
        unit = found.numbered(*filter(None, [code.text, code.serial])).first()
        if unit is None:
            raise forms.ValidationError(
                _("%(number)s is not on record for %(product)s. Check the number on the unit.")
                % {"number": code.text or code.serial, "product": self.product.name}
            )
        return unit


class CorrectionForm(forms.Form):
    """Which unit was meant on a completed document, and why it says another. A scanned code gives its serial."""

    meant = forms.CharField(label=_("It was this one"), max_length=400)
    reason = forms.CharField(label=_("Why is it corrected?"), max_length=200)
    is_new = forms.BooleanField(required=False)
    mixed_up = forms.BooleanField(required=False)  # another document got this one's unit, and the other way round

    def clean_meant(self):
        code = read_scan(self.cleaned_data["meant"])
        known = Serial.objects.numbered(code.text).exists() if code.text else False
        return code.text if known or not code.serial else code.serial
