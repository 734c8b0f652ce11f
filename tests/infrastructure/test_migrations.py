"""All migrations make of an empty database what the models say: the tables that every other test has."""

import os
import subprocess
import sys

import psycopg
import pytest

from tests.postgres import another_database
from tests.running.server import ROOT, url_of_test_database

# Django's own two: which migrations there were, and a table that its migrations number with smaller integers.
TABLES = """relnamespace = 'public'::regnamespace AND relname NOT IN ('django_migrations', 'auth_group_permissions')"""
# What is said of each table, whatever the order of its columns.
QUESTIONS = {
    "columns": f"""
        SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, pg_get_expr(adbin, adrelid)
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped AND {TABLES}""",
    "constraints": f"""
        SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid)
        FROM pg_constraint JOIN pg_class ON conrelid = pg_class.oid WHERE {TABLES}""",
    "indexes": f"""
        SELECT relname, pg_get_indexdef(indexrelid)
        FROM pg_index JOIN pg_class ON indrelid = pg_class.oid WHERE {TABLES}""",
    "triggers": f"""
        SELECT relname, pg_get_triggerdef(pg_trigger.oid)
        FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid WHERE NOT tgisinternal AND {TABLES}""",
}


def said_of(url: str) -> dict[str, set]:
    with psycopg.connect(url) as database:
        return {about: set(database.execute(question).fetchall()) for about, question in QUESTIONS.items()}


@pytest.mark.postgresql
@pytest.mark.django_db
def test_all_migrations_make_the_tables_that_the_models_say(tmp_path):
    by_models = url_of_test_database()
    with another_database(by_models) as migrated:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"],
            cwd=ROOT,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "microbiz.settings",
                "MICROBIZ_MODE": "demo",
                "MICROBIZ_DATA": str(tmp_path),
                "DATABASE_URL": migrated,
            },
            check=True,
        )
        found, wanted = said_of(migrated), said_of(by_models)
    assert len(wanted["columns"]) > 500
    assert {about: others for about in QUESTIONS if (others := found[about] ^ wanted[about])} == {}
