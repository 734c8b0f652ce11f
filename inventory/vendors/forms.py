"""What is typed about vendors."""

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.models import Vendor, VendorContact

QUIET = {"autocomplete": "off"}


class VendorForm(forms.ModelForm):
    class Meta:
        model = Vendor
        fields = ["name", "account_number", "payment_terms", "phone", "email", "address", "note"]
        widgets = {
            "name": forms.TextInput(attrs=QUIET | {"autofocus": True}),
            "account_number": forms.TextInput(attrs=QUIET),
            "payment_terms": forms.TextInput(attrs=QUIET | {"placeholder": _("Net 30")}),
            "phone": forms.TextInput(attrs=QUIET | {"inputmode": "tel"}),
            "email": forms.EmailInput(attrs=QUIET),
            "note": forms.Textarea(attrs={"rows": 3}),
        }

    def validate_unique(self):
        """Whether the name is taken is the operation's to say, with the vendor that has it."""


class ContactForm(forms.ModelForm):
    class Meta:
        model = VendorContact
        fields = ["name", "role", "phone", "email"]
        widgets = {
            "name": forms.TextInput(attrs=QUIET),
            "role": forms.TextInput(attrs=QUIET | {"placeholder": _("Orders, returns, invoices")}),
            "phone": forms.TextInput(attrs=QUIET | {"inputmode": "tel"}),
            "email": forms.EmailInput(attrs=QUIET),
        }


ContactFormSet = forms.inlineformset_factory(Vendor, VendorContact, form=ContactForm, extra=1)


class VendorsFilter(forms.Form):
    """The state of the list, as its address holds it."""

    q = forms.CharField(label=_("Find a vendor"), required=False, max_length=100)
    archived = forms.BooleanField(label=_("Archived too"), required=False)
