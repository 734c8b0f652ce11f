"""Customers and what they have with us."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from inventory.models import MOST_WORDS
from microbiz.ledgers import Ledger
from settings_app.models import Staff


class CustomerQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_archived=False)

    def found_by(self, text):
        """Customers that a person means by typing `text`: name, company, phone, email or account number."""
        found = self
        for word in text.replace("\0", " ").split()[:MOST_WORDS]:
            found = found.filter(
                Q(name__icontains=word)
                | Q(email__icontains=word)
                | Q(phone__icontains=word)
                | Q(account_number__iexact=word)
            )
        return found


class Customer(models.Model):
    """Somebody we sell to. Known in every store. `store_credit` is in minor units, written by operations alone."""

    account_number = models.CharField(_("account"), max_length=20, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    store_credit = models.BigIntegerField(default=0, editable=False)
    is_archived = models.BooleanField(_("archived"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords(excluded_fields=["store_credit"])
    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name", "pk"]
        constraints = [models.CheckConstraint(condition=Q(store_credit__gte=0), name="customer_credit_not_negative")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("orders:customer", args=[self.pk])


class StoreCreditEntry(Ledger):
    """One entry of a customer's store credit. Minor units; negative was spent."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="credit_entries")
    amount = models.BigIntegerField()
    document_type = models.CharField(max_length=60, blank=True)
    document_id = models.BigIntegerField(null=True)
    document = models.CharField(max_length=60)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("store credit entry")
        verbose_name_plural = _("store credit entries")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="store_credit_entry_moves_something")]

    def __str__(self):
        return f"{self.amount:+d} {self.customer}, {self.document}"
