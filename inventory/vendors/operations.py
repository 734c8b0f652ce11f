"""What is kept of vendors. Each change leaves its history."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from inventory.errors import VendorTaken
from inventory.models import Vendor, VendorContact
from microbiz.transactions import operation

FIELDS = ("name", "account_number", "payment_terms", "email", "phone", "address", "note")


@operation
def save_vendor(vendor: Vendor | None, **fields: str) -> Vendor:
    """A new vendor (None), or what is different about one. Raises VendorTaken where another has the name."""
    record = Vendor() if vendor is None else Vendor.objects.select_for_update().get(pk=vendor.pk)
    for name in FIELDS:
        setattr(record, name, fields.get(name, getattr(record, name)))
    other = Vendor.objects.filter(name__iexact=record.name).exclude(pk=record.pk).first()
    if other is not None:
        text = (
            _("%(name)s is archived. Put it back on the list.") if other.is_archived else _("%(name)s is on the list.")
        )
        raise VendorTaken(text % {"name": other.name})
    record.save()
    return record


@operation
def archive_vendor(vendor: Vendor, *, is_archived: bool = True) -> Vendor:
    """Take a vendor off the lists, or put one back. Orders and shipments stay."""
    vendor = Vendor.objects.select_for_update().get(pk=vendor.pk)
    vendor.is_archived = is_archived
    vendor.save()
    return vendor


@operation
def save_contacts(vendor: Vendor, *, kept: Sequence[VendorContact], removed: Sequence[VendorContact]) -> None:
    """Keep a vendor's people as they were typed; those removed leave their history."""
    Vendor.objects.select_for_update().get(pk=vendor.pk)
    VendorContact.objects.filter(pk__in=[contact.pk for contact in removed]).delete()
    for contact in kept:
        contact.vendor = vendor
        contact.save()
