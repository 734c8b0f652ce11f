"""What is set up before anything is sold: registers and payment methods."""

from django.utils.translation import gettext as _

from microbiz.transactions import operation
from register.errors import StillInUse
from register.models import PaymentMethod, Register, Shift


@operation
def save_register(register: Register) -> None:
    """Keep a register. One that is open is closed first before it is taken out of use; raises StillInUse."""
    if register.pk and not register.is_active:
        Register.objects.select_for_update().get(pk=register.pk)
        if Shift.objects.filter(register=register, closed_at__isnull=True).exists():
            raise StillInUse(
                _("%(register)s is open. Count and close it at the register, then take it out of use.")
                % {"register": register}
            )
    register.save()


@operation
def save_payment_method(method: PaymentMethod) -> None:
    """Keep a payment method. Cash stays: every drawer is counted in it; raises StillInUse."""
    if method.kind == PaymentMethod.Kind.CASH and not method.is_active:
        raise StillInUse(_("Cash cannot be taken out of use: every register is opened and closed with it."))
    method.save()
