"""Holds the apps to their import graph (docs/architecture.md)."""

import ast
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
LEAVES = {
    "microbiz.addresses",
    "microbiz.barcodes",
    "microbiz.errors",
    "microbiz.filtering",
    "microbiz.ledgers",
    "microbiz.limits",
    "microbiz.lookups",
    "microbiz.many_rows",
    "microbiz.money",
    "microbiz.offers",
    "microbiz.incoming",
    "microbiz.outgoing",
    "microbiz.paging",
    "microbiz.paper",
    "microbiz.per_request",
    "microbiz.prepared",
    "microbiz.remarks",
    "microbiz.tabs",
    "microbiz.trail",
    "microbiz.progress",
    "microbiz.transactions",
    "microbiz.uploads",
}
MAY_IMPORT = {
    "settings_app": set(),
    "inventory": {"settings_app"},
    "serials": {"inventory", "settings_app"},
    "inventory.adjustments": {"serials", "inventory", "settings_app"},
    "inventory.counts": {"inventory.adjustments", "serials", "inventory", "settings_app"},
    "receiving": {"serials", "inventory", "settings_app"},
    "transfers": {"serials", "inventory", "settings_app"},
    "orders": {"serials", "inventory", "settings_app"},
    "register": {"orders", "serials", "inventory", "settings_app"},
}


def app_of(module):
    """The most deeply nested app that holds `module`, or None for outsiders."""
    owners = [app for app in MAY_IMPORT if module == app or module.startswith(app + ".")]
    return max(owners, key=len, default=None)


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def source_files():
    for folder in {app.split(".")[0] for app in MAY_IMPORT}:
        yield from (path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)


@pytest.mark.parametrize("path", sorted(source_files()), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    here = app_of(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    for module in imports(path):
        there = app_of(module)
        if there and there != here:
            assert there in MAY_IMPORT[here], f"{here} may not import {module}"
        if module.startswith("microbiz."):
            assert any(module == leaf or module.startswith(leaf + ".") for leaf in LEAVES), (
                f"{here} may not import the roof: {module}"
            )


@pytest.mark.parametrize("leaf", sorted(LEAVES))
def test_leaves_import_no_app(leaf):
    path = ROOT / (leaf.replace(".", "/") + ".py")
    if path.exists():
        for module in imports(path):
            assert app_of(module) is None, f"{leaf} may not import {module}"


def test_foreign_keys_point_down():
    for model in apps.get_models():
        here = app_of(model.__module__)
        for field in model._meta.get_fields():
            if here and field.is_relation and field.concrete and field.related_model:
                there = app_of(field.related_model.__module__)
                assert there in {None, here, *MAY_IMPORT[here]}, f"{field} points up to {there}"


def transactions_opened_in(path):
    tree = ast.parse(path.read_text())
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "atomic"]


@pytest.mark.parametrize("path", sorted(source_files()), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_operations_open_transactions(path):
    if "operations" in path.relative_to(ROOT).with_suffix("").parts or path.stem.endswith("operations"):
        return
    assert not transactions_opened_in(path), f"{path.relative_to(ROOT)} opens a transaction outside operations"


# Blocks inside an operation, of which the rest goes on where the block is undone.
SAVEPOINTS = {"inventory/operations.py", "microbiz/setup.py"}


def test_no_operation_is_a_bare_transaction():
    """It would not be begun again after a deadlock: microbiz/transactions.py."""
    places = [*source_files(), *(ROOT / "microbiz").rglob("*.py")]
    assert [str(path.relative_to(ROOT)) for path in places if "@transaction.atomic" in path.read_text()] == []
    blocks = {str(path.relative_to(ROOT)) for path in places if "with transaction.atomic" in path.read_text()}
    assert blocks == {"microbiz/transactions.py", *SAVEPOINTS}


BROAD = {"Exception", "BaseException", "DatabaseError", "Error"}


def names_in(node):
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} if node else BROAD


def swallowed(path):
    """The lines on which any error at all is caught, or one is caught and nothing done and no reason given."""
    lines = path.read_text().splitlines()
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.ExceptHandler):
            is_broad = names_in(node.type) & BROAD and not any(isinstance(one, ast.Raise) for one in ast.walk(node))
            [*_others, last] = node.body
            if is_broad or (isinstance(last, ast.Pass) and "#" not in lines[last.lineno - 1]):
                yield node.lineno
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "suppress":
            yield from (node.lineno for argument in node.args if names_in(argument) & BROAD)


def test_no_error_is_swallowed():
    places = [*source_files(), *(ROOT / "microbiz").rglob("*.py")]
    assert [f"{path.relative_to(ROOT)}:{line}" for path in places for line in swallowed(path)] == []


@pytest.mark.parametrize(
    "code",
    [
        "try: pay()\nexcept Exception: log()",
        "try: pay()\nexcept: log()",
        "try: pay()\nexcept ValueError: pass",
        "with suppress(Exception): pay()",
    ],
)
def test_an_error_that_is_swallowed_is_found(tmp_path, code):
    (tmp_path / "till.py").write_text(code)
    assert list(swallowed(tmp_path / "till.py"))
