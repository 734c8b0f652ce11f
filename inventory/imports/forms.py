"""What a person sends about an import: a file, how it is written, what its columns are."""

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.imports.formats import DECIMALS, DELIMITERS, ENCODINGS
from inventory.imports.kinds import Kind
from inventory.imports.models import ImportJob
from microbiz.uploads import UploadField
from settings_app.models import Store


class UploadForm(forms.Form):
    """A file and what it is about."""

    file = UploadField(
        label=_("File"),
        help_text=_(
            "CSV or XLSX, up to 25 MB. Encoding, delimiter and columns are detected and shown before anything is saved."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    def __init__(self, *args, kind: type[Kind], staff, store=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind = kind
        if kind.needs_store:
            self.fields["store"] = forms.ModelChoiceField(
                Store.objects.for_staff(staff), label=_("Store"), initial=store, empty_label=None
            )
        for option in kind.options:
            self.fields[option.name] = forms.BooleanField(label=option.label, help_text=option.help, required=False)

    @property
    def option_fields(self):
        return [self[option.name] for option in self.kind.options]

    @property
    def chosen_options(self) -> dict[str, bool]:
        return {option.name: self.cleaned_data[option.name] for option in self.kind.options}


class ReadingForm(forms.Form):
    """How the file is written and what its columns are, as detected, to be changed."""

    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODINGS, required=False)
    delimiter = forms.ChoiceField(label=_("Delimiter"), choices=DELIMITERS, required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    decimal = forms.ChoiceField(label=_("Decimal sign"), choices=[("", _("Not known")), *DECIMALS], required=False)
    has_headings = forms.TypedChoiceField(
        label=_("First row"),
        choices=[("yes", _("Headings")), ("no", _("No headings"))],
        coerce=lambda value: value == "yes",
        required=False,
        empty_value=None,
    )

    def __init__(self, *args, job: ImportJob, kind: type[Kind], **kwargs):
        fmt = job.format
        kwargs["initial"] = {**fmt, "has_headings": "yes" if fmt["has_headings"] else "no", **job.options}
        super().__init__(*args, **kwargs)
        self.job, self.kind = job, kind
        if fmt["kind"] == "xlsx":
            del self.fields["encoding"], self.fields["delimiter"]
            self.fields["sheet"].choices = [(name, name) for name in fmt["sheets"]]
        else:
            del self.fields["sheet"]
        if not any(field.name == "price" for field in kind.fields):
            del self.fields["decimal"]
        choices = [("", _("Not imported")), *((field.name, field.label) for field in kind.fields)]
        for at, (heading, name) in enumerate(zip(job.headings, job.columns, strict=True)):
            self.fields[f"column_{at}"] = forms.ChoiceField(
                label=_("%(heading)s becomes") % {"heading": heading}, choices=choices, required=False, initial=name
            )
        for option in kind.options:
            self.fields[option.name] = forms.BooleanField(label=option.label, help_text=option.help, required=False)

    def clean(self):
        chosen = [self.cleaned_data.get(name) for name in self.column_names]
        for name in {name for name in chosen if name and chosen.count(name) > 1}:
            label = next(field.label for field in self.kind.fields if field.name == name)
            raise forms.ValidationError(
                _("%(field)s is chosen for two columns. Choose it for one."), params={"field": label}
            )
        return self.cleaned_data

    @property
    def column_names(self) -> list[str]:
        return [f"column_{at}" for at in range(len(self.job.headings))]

    @property
    def format_fields(self):
        """The fields of the file, each with why its detected value is in doubt."""
        names = ("encoding", "delimiter", "sheet", "decimal", "has_headings")
        doubts = self.job.format["doubts"]
        return [(self[name], doubts.get(name, "")) for name in names if name in self.fields]

    @property
    def column_fields(self):
        """For each column its heading, a sample, whether it is a code, and the field to choose what it becomes."""
        codes = {field.name for field in self.kind.fields if field.is_code}
        rows = zip(self.job.headings, self.job.samples, self.job.columns, self.column_names, strict=True)
        return [(heading, sample, column in codes, self[name]) for heading, sample, column, name in rows]

    @property
    def option_fields(self):
        return [self[option.name] for option in self.kind.options]

    @property
    def chosen(self) -> dict:
        """The parts of the format that the person chose differently from what stood there."""
        return {
            name: self.cleaned_data[name]
            for name in ("encoding", "delimiter", "sheet", "decimal", "has_headings")
            if name in self.fields and self.cleaned_data[name] not in (None, "") and name in self.changed_data
        }

    @property
    def chosen_columns(self) -> list[str] | None:
        """What the columns become; None where the file is now cut into other columns."""
        if {"delimiter", "sheet", "has_headings", "encoding"} & set(self.chosen):
            return (
                None
                if not set(self.changed_data) & set(self.column_names)
                else [self.cleaned_data[n] for n in self.column_names]
            )
        return [self.cleaned_data[name] for name in self.column_names]

    @property
    def chosen_options(self) -> dict[str, bool]:
        return {option.name: self.cleaned_data[option.name] for option in self.kind.options}
