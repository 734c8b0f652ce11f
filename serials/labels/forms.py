"""How labels are to be printed. Every choice stands in the address, so that it can be kept and shared."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from serials.labels.contents import BOTH, PRODUCT, SERIAL, Batch
from serials.labels.formats import DEFAULT, FORMATS

BARS, QR = "bars", "qr"
MOST = 2000  # labels of one PDF

KINDS = {
    SERIAL: gettext_lazy("Serial labels"),
    PRODUCT: gettext_lazy("Product labels"),
    BOTH: gettext_lazy("Both for each unit"),
}


class LabelForm(forms.Form):
    """What is left out has its likeliest value, so that a bare link opens a preview."""

    kind = forms.ChoiceField(label=gettext_lazy("Print"), required=False)
    format = forms.ChoiceField(
        label=gettext_lazy("Paper"), choices=[(key, one.name) for key, one in FORMATS.items()], required=False
    )
    code = forms.ChoiceField(
        label=gettext_lazy("Code"),
        choices=[(BARS, gettext_lazy("Bars (EAN, UPC, Code 128)")), (QR, gettext_lazy("QR code"))],
        required=False,
    )
    copies = forms.IntegerField(label=gettext_lazy("Copies of each"), min_value=1, max_value=999, required=False)
    start = forms.IntegerField(label=gettext_lazy("Begin at label number"), min_value=1, required=False)

    def __init__(self, data, *, batch: Batch, usual_format: str = ""):
        self.batch = batch
        data = data.copy()
        for name, value in {
            "kind": batch.kinds[0],
            "format": usual_format if usual_format in FORMATS else DEFAULT,
            "code": BARS,
            "copies": "1",
            "start": "1",
        }.items():
            if not data.get(name):
                data[name] = value
        super().__init__(data)
        self.fields["kind"].choices = [(kind, KINDS[kind]) for kind in batch.kinds]
        self.fields["copies"].widget.attrs["autofocus"] = True

    @property
    def paper(self):
        return FORMATS[self.cleaned_data["format"]]

    @property
    def first(self) -> int:
        """Where the first sheet begins; a roll has no places to skip."""
        return self.cleaned_data["start"] if self.paper.is_sheet else 1

    def clean(self):
        cleaned = super().clean()
        if "format" in cleaned and "start" in cleaned and self.paper.is_sheet and self.first > self.paper.a_page:
            self.add_error("start", _("A sheet has %(count)d labels.") % {"count": self.paper.a_page})
        if "copies" in cleaned and self.batch.units * cleaned["copies"] > MOST:
            raise ValidationError(
                _("That would be more than %(most)d labels. Print them in parts.") % {"most": MOST}, code="too-many"
            )
        return cleaned
