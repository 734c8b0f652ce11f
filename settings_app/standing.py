"""What a person is in the shop, in words, to say what changed."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from settings_app.models import Staff


@dataclass(frozen=True)
class Standing:
    """A person's name, roles, stores and whether they still work here."""

    name: str = ""
    username: str = ""
    email: str = ""
    is_active: bool = False
    roles: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()

    def since(self, before: "Standing") -> list[str]:
        """What is another than it was before: “roles: + Manager, − Back Office”."""
        names = {"name": _("name"), "username": _("user name"), "email": _("email")}
        texts = [
            f"{words}: {getattr(before, name)} → {getattr(self, name)}"
            for name, words in names.items()
            if getattr(before, name) not in ("", getattr(self, name))
        ]
        if self.is_active != before.is_active:
            texts.append(_("active") if self.is_active else _("not active any more"))
        for words, now, was in [(_("roles"), self.roles, before.roles), (_("stores"), self.stores, before.stores)]:
            marks = [f"+ {one}" for one in sorted(now - was)] + [f"− {one}" for one in sorted(was - now)]
            if marks:
                texts.append(f"{words}: {', '.join(marks)}")
        return texts


def standing_of(staff: Staff) -> Standing:
    return Standing(
        staff.get_full_name(),
        staff.username,
        staff.email,
        staff.is_active,
        frozenset(staff.groups.values_list("name", flat=True)),
        frozenset(staff.stores.values_list("name", flat=True)),
    )
