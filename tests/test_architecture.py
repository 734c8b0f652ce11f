"""Holds the apps to their import graph (docs/architecture.md)."""

import ast
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
LEAVES = {"microbiz.errors", "microbiz.tabs", "microbiz.money", "microbiz.lookups", "microbiz.remarks"}
MAY_IMPORT = {
    "settings_app": set(),
    "inventory": {"settings_app"},
    "serials": {"inventory", "settings_app"},
    "inventory.adjustments": {"serials", "inventory", "settings_app"},
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
