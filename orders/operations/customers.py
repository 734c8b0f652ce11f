"""What is done for customers."""

from django.utils.translation import gettext as _

from microbiz.money import format_money
from microbiz.transactions import operation
from orders.errors import NotEnoughCredit
from orders.models import Customer, StoreCreditEntry
from settings_app.models import ShopSettings, Staff
from settings_app.operations import next_number


@operation
def create_customer(*, name: str, email: str = "", phone: str = "", address: str = "", note: str = "") -> Customer:
    """A new customer with the next account number."""
    return Customer.objects.create(
        account_number=next_number("C"), name=name, email=email, phone=phone, address=address, note=note
    )


@operation
def move_store_credit(customer: Customer, amount: int, *, document, staff: Staff) -> Customer:
    """Give a customer store credit, or (negative) take it, and append to the ledger. Minor units.

    Locks the customer; documents, stock and serials are locked before. Raises NotEnoughCredit.
    """
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if customer.store_credit + amount < 0:
        raise NotEnoughCredit(
            _("%(customer)s has %(credit)s store credit. Take the rest another way.")
            % {
                "customer": customer.name,
                "credit": format_money(customer.store_credit, ShopSettings.load().currency, symbol=True),
            }
        )
    customer.store_credit += amount
    customer.save(update_fields=["store_credit"])
    StoreCreditEntry.objects.create(
        customer=customer,
        amount=amount,
        document_type=document._meta.label_lower,
        document_id=document.pk,
        document=document.number,
        staff=staff,
    )
    return customer


@operation
def save_customer(customer: Customer, *, name: str, email: str, phone: str, address: str, note: str) -> Customer:
    """Change what is known of a customer. Store credit, account and archive are left alone."""
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    customer.name, customer.email, customer.phone, customer.address, customer.note = name, email, phone, address, note
    customer.save(update_fields=["name", "email", "phone", "address", "note"])
    return customer


@operation
def archive_customer(customer: Customer, *, is_archived: bool = True) -> Customer:
    """Take a customer off the lists and the register, or put one back. Receipts and credit stay."""
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    customer.is_archived = is_archived
    customer.save(update_fields=["is_archived"])
    return customer
