"""The permission matrix: complete, known to Django, and in the groups."""

import ast
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission

from microbiz.roles import ROLES, rights, sync_roles
from tests.test_architecture import source_files

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent


def all_permissions():
    return {f"{one.content_type.app_label}.{one.codename}" for one in Permission.objects.select_related("content_type")}


def named_in_the_table():
    return {name for right in rights() for name in right.permissions}


def test_every_permission_of_the_table_exists():
    assert named_in_the_table() - all_permissions() == set()


def test_every_permission_of_our_own_is_granted_to_somebody():
    own = {
        f"{one.content_type.app_label}.{one.codename}"
        for one in Permission.objects.select_related("content_type")
        if one.content_type.model_class() and one.codename in dict(one.content_type.model_class()._meta.permissions)
    }
    granted = {name for right in rights() if right.roles for name in right.permissions}
    assert own - granted == set()


def test_every_permission_that_the_code_asks_for_is_in_the_table():
    known = all_permissions()
    texts = {
        node.value
        for path in [*source_files(), *(ROOT / "microbiz").rglob("*.py")]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert (texts & known) - named_in_the_table() == set()


def test_the_groups_hold_what_the_table_says():
    for role in ROLES:
        held = {
            f"{one.content_type.app_label}.{one.codename}"
            for one in Group.objects.get(name=role).permissions.select_related("content_type")
        }
        assert held == {name for right in rights() if role in right.roles for name in right.permissions}, role


def test_a_change_by_hand_is_undone_by_the_next_migrate():
    junior = Group.objects.get(name="Junior Cashier")
    junior.permissions.add(Permission.objects.get(codename="access_all_stores"))
    junior.permissions.remove(Permission.objects.get(codename="sell"))
    sync_roles()
    held = set(junior.permissions.values_list("codename", flat=True))
    assert "sell" in held
    assert "access_all_stores" not in held


def test_the_admin_may_do_everything_in_the_table():
    assert all("Admin" in right.roles for right in rights())
