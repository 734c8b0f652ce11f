"""What a list shows, as its address holds it."""

from django import forms


class ListFilter(forms.Form):
    """The filters of a list. What makes no sense is ignored."""

    def chosen(self, name: str):
        """What is set for a field, or None."""
        self.is_valid()
        return self.cleaned_data.get(name) or None
