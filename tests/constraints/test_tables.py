"""What the models promise stands in the tables."""

import pytest
from django.apps import apps
from django.db import connection

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "model", [one for one in apps.get_models() if one._meta.managed], ids=lambda one: one._meta.label
)
def test_what_a_model_promises_is_in_the_database(model):
    """PostgreSQL's tables are made by the migrations, where taking away one index may take another with it."""
    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, model._meta.db_table)
    assert {one.name for one in [*model._meta.constraints, *model._meta.indexes]} <= set(there)
