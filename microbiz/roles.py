"""Who may do what: the one readable table of roles, kept in step with Django's groups after every migration."""

from dataclasses import dataclass

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ROLES = {
    "Junior Cashier": _("Junior Cashier"),
    "Senior Cashier": _("Senior Cashier"),
    "Back Office": _("Back Office"),
    "Manager": _("Manager"),
    "Admin": _("Admin"),
}


@dataclass(frozen=True)
class Right:
    """One row of the table: what a person may do, and the roles that may."""

    words: str | Promise
    permissions: tuple[str, ...]
    roles: tuple[str, ...]


def _right(marks: str, words: str | Promise, app: str, codenames: str) -> Right:
    may = marks.split()
    if len(may) != len(ROLES) or set(may) - {"x", "-"}:
        raise ValueError(f"{app}.{codenames}: one x or - for each role")
    return Right(
        words=words,
        permissions=tuple(f"{app}.{codename}" for codename in codenames.split()),
        roles=tuple(name for name, mark in zip(ROLES, may, strict=True) if mark == "x"),
    )


# Columns: Junior Cashier, Senior Cashier, Back Office, Manager, Admin.
# fmt: off
MATRIX: dict[str | Promise, list[Right]] = {
    _("At the register"): [
        _right("x x - x x", _("Sell"), "register", "sell"),
        _right("x x - x x", _("Take goods back with their receipt"), "register", "take_return"),
        _right("x x x x x", _("See sales and receipts, print them again"), "register", "view_sale"),
        _right("x x - x x", _("Void an open sale"), "register", "void_sale"),
        _right("x x - x x", _("Open a register"), "register", "open_shift"),
        _right("- x - x x", _("Count and close a register"), "register", "close_shift view_shift"),
        _right("- x - x x", _("Put cash into the drawer, take it out"), "register", "move_cash"),
        _right("- x - x x", _("Give a discount"), "register", "apply_discount"),
        _right("- x - x x", _("Change a price"), "register", "change_price"),
        _right("- - - x x", _("Take goods back without a receipt"), "register", "return_without_receipt"),
        _right("- x - x x", _("Buy goods from customers: trade-ins"), "register", "trade_in"),
        _right("- - - x x", _("Complete a line without its required serial numbers"), "serials", "override_required"),
    ],
    _("Customers"): [
        _right("x x x x x", _("See customers"), "orders", "view_customer"),
        _right("x x x x x", _("Add customers"), "orders", "add_customer"),
        _right("- x x x x", _("Change customers"), "orders", "change_customer"),
    ],
    _("Customer orders"): [
        _right("x x x x x", _("See customer orders and print them"), "orders", "view_customerorder"),
        _right("- x x x x", _("Take and change customer orders, reserve units for them, cancel them"),
               "orders", "add_customerorder change_customerorder"),
        _right("- x - x x", _("Change prices and give discounts on orders"), "orders", "change_order_price"),
        _right("- x x x x", _("Hand orders over, ship them"), "orders", "hand_over"),
        _right("- - - x x", _("Hand goods over that are not paid"), "orders", "hand_over_unpaid"),
    ],
    _("Products and stock"): [
        _right("x x x x x", _("See products and their stock"),
               "inventory", "view_product view_category view_stocklevel"),
        _right("- - x x x", _("Add and change products"),
               "inventory", "add_product change_product add_category change_category"),
        _right("- - x x x", _("Delete products that nothing ever happened to"), "inventory", "delete_product"),
        _right("- - x x x", _("See what products cost"), "inventory", "view_cost"),
        _right("- - x x x", _("Enter and adjust stock"),
               "adjustments", "view_adjustment add_adjustment change_adjustment"),
        _right("- - x x x", _("Post adjustments"), "adjustments", "post_adjustment"),
        _right("- - - x x", _("Take posted adjustments back"), "adjustments", "reverse_adjustment"),
        _right("x x x x x", _("Count stock"), "counts", "count_stock"),
        _right("- x x x x", _("Begin a stock count"), "counts", "add_stockcount"),
        _right("- - - x x", _("Post and cancel stock counts"), "counts", "post_stockcount"),
        _right("- - x x x", _("Import catalogue files"), "inventory", "import_products"),
        _right("- - - x x", _("Change a product's tracking policy"), "inventory", "change_tracking"),
    ],
    _("Vendors and receiving"): [
        _right("- - x x x", _("See vendors"), "inventory", "view_vendor"),
        _right("- - x x x", _("Add and change vendors"), "inventory", "add_vendor change_vendor"),
        _right("- - x x x", _("Say from whom products are bought and when they are ordered again"),
               "inventory", "view_reorderpoint change_reorderpoint"),
        _right("- - x x x", _("See purchase orders"), "receiving", "view_purchaseorder"),
        _right("- - x x x", _("Prepare, send, close and cancel purchase orders"),
               "receiving", "add_purchaseorder change_purchaseorder"),
        _right("- - x x x", _("See vendor shipments"), "receiving", "view_vendorshipment view_shipmentreversal"),
        _right("- - x x x", _("Prepare vendor shipments"), "receiving", "add_vendorshipment change_vendorshipment"),
        _right("- - x x x", _("Receive vendor shipments"), "receiving", "receive_shipment"),
        _right("- - - x x", _("Take a received shipment back"),
               "receiving", "add_shipmentreversal change_shipmentreversal"),
    ],
    _("Transfers"): [
        _right("x x x x x", _("See transfers of one's own stores, ask another store for units"),
               "transfers", "view_transfer add_transfer change_transfer"),
        _right("- x x x x", _("Send units to another store"), "transfers", "send_transfer"),
        _right("- x x x x", _("Receive units from another store"), "transfers", "receive_transfer"),
        _right("- - x x x", _("Decide on missing and unexpected units"), "transfers", "decide_discrepancy"),
        _right("- - - x x", _("Write off units that were lost in transit"), "transfers", "write_off_in_transit"),
    ],
    _("Serial numbers"): [
        _right("x x x x x", _("See units and their history, look them up"), "serials", "view_serial"),
        _right("x x x x x", _("Record new serial numbers"), "serials", "add_serial"),
        _right("- - x x x", _("Correct and remove serial numbers"), "serials", "change_serial delete_serial"),
        _right("- - - x x", _("Swap a serial number on a completed document"), "serials", "correct_serial"),
        _right("- x - x x", _("Take a unit over from another open document"), "serials", "take_over_hold"),
        _right("- - x x x", _("Import serial number files"), "serials", "import_serials"),
    ],
    _("Reports"): [
        _right("- x - x x", _("See today's sales and open registers"), "settings_app", "view_today"),
        _right("- - - x x", _("See reports about sales, money and taxes"), "settings_app", "view_sales_reports"),
        _right("- - x x x", _("See reports about stock and units"), "settings_app", "view_stock_reports"),
        _right("- - x x x", _("Take reports out as files"), "settings_app", "export_reports"),
    ],
    _("Settings"): [
        _right("- - - x x", _("See the settings"), "settings_app", "view_shopsettings"),
        _right("- - - x x", _("Add-ons, defaults, the company"), "settings_app", "change_shopsettings"),
        _right("- - - - x", _("Stores"), "settings_app", "view_store add_store change_store"),
        _right("- - - x x", _("Registers"), "register", "view_register add_register change_register"),
        _right("- - - x x", _("Payment methods"),
               "register", "view_paymentmethod add_paymentmethod change_paymentmethod"),
        _right("- - - x x", _("Reason codes of adjustments"),
               "adjustments", "view_reasoncode add_reasoncode change_reasoncode"),
        _right("- - - x x", _("Stages of customer orders"),
               "orders", "view_orderstatus add_orderstatus change_orderstatus"),
        _right("- - - x x", _("Taxes"), "settings_app", "view_taxclass add_taxclass change_taxclass change_taxrate"),
        _right("- - - x x", _("People of one's own stores: add, change, PIN, deactivate"),
               "settings_app", "view_staff add_staff change_staff"),
        _right("- - - x x", _("Give and take roles that have no more rights than one's own"),
               "settings_app", "change_roles"),
        _right("- - - - x", _("Work at every store"), "settings_app", "access_all_stores"),
        _right("- - - - x", _("See who did what: sign-ins, overrides, exports, changes of settings"),
               "settings_app", "view_auditentry"),
    ],
}
# fmt: on


def rights() -> list[Right]:
    """Every row of the table, without the headings."""
    return [right for rows in MATRIX.values() for right in rows]


def sync_roles() -> None:
    """Make the five groups hold exactly the permissions of the table.

    A role is a column of the table and of nothing else: what somebody changed by hand in a group is undone.
    """
    known = {
        f"{one.content_type.app_label}.{one.codename}": one.pk
        for one in Permission.objects.select_related("content_type")
    }
    Group.objects.bulk_create([Group(name=name) for name in ROLES], ignore_conflicts=True)
    groups = Group.objects.in_bulk(ROLES, field_name="name")
    Through = Group.permissions.through
    wanted = {
        (groups[role].pk, known[name])
        for right in rights()
        for role in right.roles
        for name in right.permissions
        if name in known  # an app that is migrated later; tests hold that every name exists in the end
    }
    held = {
        (group, permission): pk
        for pk, group, permission in Through.objects.filter(group__in=groups.values()).values_list(
            "pk", "group_id", "permission_id"
        )
    }
    Through.objects.filter(pk__in=[pk for pair, pk in held.items() if pair not in wanted]).delete()
    Through.objects.bulk_create(
        [Through(group_id=group, permission_id=permission) for group, permission in sorted(wanted - held.keys())],
        ignore_conflicts=True,
    )


def sync_after_migrate(sender, using=DEFAULT_DB_ALIAS, **kwargs) -> None:
    """Receiver of post_migrate: runs once, after the last app, when every permission is known."""
    with_models = [config for config in apps.get_app_configs() if config.models_module]
    if using == DEFAULT_DB_ALIAS and sender == with_models[-1]:
        for config in with_models:
            create_permissions(config, verbosity=0, using=using)
        sync_roles()
