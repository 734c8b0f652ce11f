"""Categories as files name them: by their path, “Cameras > Lenses”."""

from django.utils.translation import gettext as _

from inventory.imports.values import CellProblem
from inventory.models import Category


def read_path(cell: str) -> str:
    """A category’s path, “Cameras > Lenses”. Raises CellProblem where a step of it is too long."""
    parts = [" ".join(part.split()) for part in cell.split(">")]
    parts = [part for part in parts if part]
    longest = Category._meta.get_field("name").max_length
    path = " > ".join(parts)
    if any(len(part) > longest for part in parts) or len(path) > Category._meta.get_field("path").max_length:
        raise CellProblem(_("Category is too long"), _("%(longest)d characters fit: shorten it") % {"longest": longest})
    return path


def read_deepest_path(cell: str) -> str:
    """The most exact of several paths “Gear,Gear/Bags”, as Magento writes them."""
    return read_path(max(cell.split(","), key=lambda path: path.count("/")).replace("/", ">"))


def add_categories(paths: set[str], known: dict[str, Category]) -> None:
    """Make the categories that are missing in `known`, by folded path, and add them to it.

    Parents first, one statement per depth.
    """
    missing = {}
    for path in paths:
        parts = path.split(" > ")
        for depth in range(1, len(parts) + 1):
            part = " > ".join(parts[:depth])
            if part.casefold() not in known:
                missing.setdefault(part.casefold(), (depth, part))
    for depth in sorted({depth for depth, _path in missing.values()}):
        made = []
        for level, path in missing.values():
            if level == depth:
                above, _arrow, name = path.rpartition(" > ")
                made.append(Category(parent=known.get(above.casefold()), name=name, path=path))
        Category.objects.bulk_create(made, ignore_conflicts=True)
        for category in Category.objects.filter(path__in=[category.path for category in made]):
            known[category.path.casefold()] = category
