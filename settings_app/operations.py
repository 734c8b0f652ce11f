"""What is done to the shop's settings and to people's access."""

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from microbiz.errors import DomainError
from microbiz.many_rows import update_each
from microbiz.transactions import operation, part_of_a_posting
from settings_app.errors import LastAdministrator, NotYoursToChange, PinLocked, WrongPin
from settings_app.models import AuditEntry, DocumentCounter, Staff, Store, TaxClass, TaxRate
from settings_app.standing import Standing, standing_of

PIN_TRIES = 5
PIN_LOCKED_FOR = timedelta(minutes=5)


@part_of_a_posting
def next_number(prefix: str) -> str:
    """The next document number with this prefix, such as H1-004213.

    Holds the counter until the transaction ends, so numbers have no gaps; take it before other locks.
    """
    counter = DocumentCounter.objects.filter(pk=prefix)
    if not (last := update_each(counter, "last", last=F("last") + 1)):
        DocumentCounter.objects.bulk_create([DocumentCounter(prefix=prefix)], ignore_conflicts=True)
        last = update_each(counter, "last", last=F("last") + 1)
    return str(DocumentCounter(prefix, *last))


@operation
def note(
    kind: AuditEntry.Kind,
    *,
    staff: Staff | None,
    about: str = "",
    store: Store | None = None,
    address: str | None = None,
) -> None:
    """Write down who did what. Call it inside the transaction of what was done, so that both are kept or neither."""
    about = about.replace("\0", "")[:400]  # PostgreSQL keeps no NUL
    AuditEntry.objects.create(kind=kind, staff=staff, about=about, store=store, address=address)


@operation
def save_settings(record: models.Model) -> None:
    """Keep one record of the settings and the history of its change, both or neither."""
    record.save()


@operation
def save_tax_class(tax_class: TaxClass, *, rates: Iterable[TaxRate] = (), removed: Iterable[TaxRate] = ()) -> None:
    """Keep a tax class with what it pays in each store. The default moves here if the class claims it."""
    if tax_class.is_default:
        for former in TaxClass.objects.select_for_update().filter(is_default=True).exclude(pk=tax_class.pk):
            former.is_default = False
            former.save()
    tax_class.save()
    TaxRate.objects.filter(pk__in=[rate.pk for rate in removed]).delete()
    for rate in rates:
        rate.tax_class = tax_class
        rate.save()


def check_pin(staff: Staff, pin: str, *, by: Staff | None = None, store: Store | None = None) -> None:
    """Let a person pass by PIN, or refuse with WrongPin or PinLocked. `by` was at the till before.

    Counts wrong ones and locks the PIN for five minutes after the fifth. Call it outside of any transaction:
    a refusal that rolled the count back would allow endless tries.
    """
    refusal = _count_try(staff.pk, pin, by, store)
    if refusal:
        raise refusal


@operation
def _count_try(staff_id: int, pin: str, by: Staff | None, store: Store | None) -> DomainError | None:
    staff = Staff.objects.select_for_update().get(pk=staff_id)
    now = timezone.now()
    if staff.pin_locked_until and staff.pin_locked_until > now:
        return _locked(staff)
    after = _("after %(staff)s") % {"staff": by} if by else ""
    if staff.is_active and staff.has_pin(pin):
        Staff.objects.filter(pk=staff_id).update(pin_failures=0, pin_locked_until=None)
        note(AuditEntry.Kind.SWITCHED, staff=staff, about=after, store=store)
        return None
    note(AuditEntry.Kind.WRONG_PIN, staff=staff, about=after, store=store)
    staff.pin_failures = 1 if staff.pin_locked_until else staff.pin_failures + 1
    left = PIN_TRIES - staff.pin_failures
    staff.pin_locked_until = None if left > 0 else now + PIN_LOCKED_FOR
    Staff.objects.filter(pk=staff_id).update(pin_failures=staff.pin_failures, pin_locked_until=staff.pin_locked_until)
    if left <= 0:
        return _locked(staff)
    return WrongPin(
        ngettext("That PIN was not right. %(left)d try left.", "That PIN was not right. %(left)d tries left.", left)
        % {"left": left}
    )


def _locked(staff: Staff) -> PinLocked:
    until = timezone.localtime(staff.pin_locked_until)
    return PinLocked(
        _("Too many wrong PINs for %(staff)s. Try again after %(time)s, or sign in with the password.")
        % {"staff": staff, "time": f"{until:%H:%M}"}
    )


@operation
def change_own_secrets(staff: Staff, *, password: str = "", pin: str = "") -> None:
    """A person's own new password, own new PIN, or both; what is empty stays as it is."""
    if password:
        staff.set_password(password)
    if pin:
        staff.set_pin(pin)
        staff.pin_failures, staff.pin_locked_until = 0, None
    staff.save()
    note(AuditEntry.Kind.OWN_SECRETS, staff=staff, about=_secrets_in_words(password, pin))


def _secrets_in_words(password: str, pin: str, *, clear_pin: bool = False) -> str:
    """Which were set, never what they are."""
    words = [(password, _("password")), (pin, _("PIN")), (clear_pin and not pin, _("PIN taken away"))]
    return ", ".join(word for is_set, word in words if is_set)


@operation
def save_staff(
    staff: Staff,
    *,
    roles: Iterable[Group],
    stores: Iterable[Store],
    by: Staff,
    password: str = "",
    pin: str = "",
    clear_pin: bool = False,
) -> None:
    """Keep a person with roles and stores; password and PIN only where given.

    Nobody gives or takes rights that they do not have, and nobody changes a person who has more. Stores where
    `by` does not work stay as they are. Raises NotYoursToChange, LastAdministrator.
    """
    on_record = Staff.objects.select_for_update().filter(pk=staff.pk).first()
    is_new = on_record is None
    if on_record is not None:
        _check_may_change(by, on_record)
    was_administrator = not is_new and _administrators().filter(pk=staff.pk).exists()
    roles = list(roles)
    now = set() if is_new else set(staff.groups.all())
    _check_may_give(by, now ^ set(roles))
    was = Standing() if is_new else standing_of(Staff.objects.get(pk=staff.pk))
    if password:
        staff.set_password(password)
    elif is_new:
        staff.set_unusable_password()
    if pin or clear_pin:
        staff.pin_failures, staff.pin_locked_until = 0, None
        staff.pin = ""
    if pin:
        staff.set_pin(pin)
    if staff.pk == by.pk and not staff.is_active:
        raise NotYoursToChange(_("You cannot deactivate yourself. Ask somebody else to."))
    staff.save()
    staff.groups.set(roles)
    elsewhere = [] if is_new else list(staff.stores.exclude(pk__in=by.stores_allowed()))
    staff.stores.set([*elsewhere, *by.stores_allowed().filter(pk__in=[store.pk for store in stores])])
    if was_administrator and not _administrators().exists():
        raise LastAdministrator(
            _("This is the last active person with the role Admin. Give the role to somebody else first.")
        )
    changed = [str(staff), *standing_of(staff).since(was), _secrets_in_words(password, pin, clear_pin=clear_pin)]
    note(AuditEntry.Kind.PERSON, staff=by, about="; ".join(filter(None, changed)))


def _check_may_change(by: Staff, staff: Staff) -> None:
    if staff.pk != by.pk and not staff.get_all_permissions() <= by.get_all_permissions():
        raise NotYoursToChange(
            _("%(staff)s has rights that you do not have. Ask an administrator for this change.") % {"staff": staff}
        )


def _check_may_give(by: Staff, roles: set[Group]) -> None:
    if not roles:
        return
    own = by.get_all_permissions()
    too_much = [role for role in roles if not _permissions_of(role) <= own]
    if too_much or not by.has_perm("settings_app.change_roles"):
        raise NotYoursToChange(
            _("You cannot give or take the role %(roles)s: it has rights that you do not have.")
            % {"roles": ", ".join(sorted(role.name for role in too_much or roles))}
        )


def _permissions_of(role: Group) -> set[str]:
    pairs = role.permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in pairs}


def _administrators() -> models.QuerySet[Staff]:
    everything = Q(is_superuser=True) | Q(groups__permissions__codename="access_all_stores")
    return Staff.objects.filter(everything, is_active=True)
