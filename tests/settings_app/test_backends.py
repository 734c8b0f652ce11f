"""What a person may do, as it is read from the database."""

import pytest
from django.contrib.auth.models import Permission

from settings_app.models import DocumentCounter, Staff
from tests.factories import AdminFactory, StaffFactory

pytestmark = pytest.mark.django_db


def test_rights_of_a_person_and_of_their_roles_are_read_at_once(django_assert_num_queries):
    made = StaffFactory(role="Junior Cashier", permissions=["serials.view_serialhold"])
    staff = Staff.objects.get(pk=made.pk)
    with django_assert_num_queries(1):
        assert staff.has_perm("register.sell")
        assert staff.has_perm("serials.view_serialhold")
        assert not staff.has_perm("settings_app.change_roles")
    assert staff.get_all_permissions() == staff.get_user_permissions() | staff.get_group_permissions()


def test_somebody_who_left_may_nothing():
    staff = AdminFactory(is_active=False)
    assert staff.get_all_permissions() == set()


def test_a_superuser_may_everything():
    staff = StaffFactory(is_superuser=True)
    assert len(staff.get_all_permissions()) == Permission.objects.count()


@pytest.mark.parametrize("number", ["H1-000001", "co-123456", "ABCDEF-1234567"])
def test_what_looks_like_a_number_of_a_document_may_be_one(number):
    assert DocumentCounter.may_have_given(number)


@pytest.mark.parametrize("number", ["ZA1", "H1-00001", "H1-00000A", "-000001", "H1-٠٠٠٠٠١", "IW-16", " H1-000001"])
def test_another_code_is_none(number):
    assert not DocumentCounter.may_have_given(number)
