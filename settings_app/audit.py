"""What this app tells of who did what: sign-ins, people, exports, commands, and changes of its settings."""

from collections.abc import Callable, Iterable
from functools import partial

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_login_failed
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from microbiz.addresses import client_address
from microbiz.trail import Source, Told, add_source
from settings_app.models import AuditEntry, ShopSettings, Staff, Store, TaxClass, TaxRate
from settings_app.operations import note

Kind = AuditEntry.Kind
GROUPS = {
    "access": (
        gettext_lazy("Sign-ins"),
        (Kind.SIGNED_IN, Kind.REFUSED, Kind.LOCKED_OUT, Kind.SIGNED_OUT, Kind.SWITCHED, Kind.WRONG_PIN),
    ),
    "people": (gettext_lazy("People and rights"), (Kind.PERSON, Kind.OWN_SECRETS)),
    "exports": (gettext_lazy("Exports"), (Kind.EXPORT,)),
    "commands": (gettext_lazy("Commands"), (Kind.COMMAND,)),
}


def tell_of_settings() -> None:
    """Add the sources of this app, and listen for sign-ins that fail."""
    for name, (label, kinds) in GROUPS.items():
        add_source(Source(name, label, partial(_entries, kinds), _told))
    add_source(changes_of("settings", gettext_lazy("Settings"), ShopSettings))
    add_source(changes_of("stores", gettext_lazy("Stores"), Store))
    add_source(changes_of("tax_classes", gettext_lazy("Tax classes"), TaxClass))
    add_source(changes_of("tax_rates", gettext_lazy("Tax rates"), TaxRate))
    user_login_failed.connect(note_refusal, dispatch_uid="audit.refused")
    user_locked_out.connect(note_lock_out, dispatch_uid="audit.locked_out")


def _entries(kinds: Iterable[str]) -> models.QuerySet:
    return AuditEntry.objects.filter(kind__in=kinds).select_related("store")


def _told(entry: AuditEntry) -> Told:
    return Told(entry.get_kind_display(), entry.about, entry.store or entry.address or "")


def changes_of(
    name: str,
    label,
    model: type[models.Model],
    *,
    url: Callable[[models.Model], str] = lambda record: "",
) -> Source:
    """A source that tells from the history of a model what was changed, from what to what."""
    return Source(
        name,
        label,
        model.history.all,  # type: ignore[attr-defined]  # django-simple-history adds it
        partial(_told_change, url=url),
        at="history_date",
        staff="history_user",
    )


def _told_change(record, *, url) -> Told:
    words = {"+": _("Added: %(name)s"), "-": _("Removed: %(name)s")}.get(record.history_type, _("Changed: %(name)s"))
    before = record.prev_record if record.history_type == "~" else None
    detail = "; ".join(difference(before, record)) if before else ""
    return Told(words % {"name": record.instance}, detail, url=url(record.instance))


def difference(before, after) -> list[str]:
    """What differs between two states of a record: “company: Lakeside → Harbor”."""
    return [
        f"{after.instance_type._meta.get_field(change.field).verbose_name}: {_shown(change.old)} → {_shown(change.new)}"
        for change in after.diff_against(before, foreign_keys_are_objs=True).changes
    ]


def _shown(value) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return _("nothing") if value in (None, "") else str(value)


def note_refusal(sender, credentials, request=None, **kwargs) -> None:
    """A sign-in that failed. What was typed is kept only if it is somebody's name: it may be a password."""
    note(Kind.REFUSED, staff=_named(credentials.get("username")), address=request and client_address(request))


def note_lock_out(sender, request, username, **kwargs) -> None:
    note(Kind.LOCKED_OUT, staff=_named(username), address=client_address(request))


def _named(username: str | None) -> Staff | None:
    typed = (username or "").replace("\0", "")
    return Staff.objects.filter(username=typed).first()
