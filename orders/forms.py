"""What is typed about customers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models import Customer


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
