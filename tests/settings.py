"""The settings module as the tests see it: fast, self-contained, and a real database file.

SQLite in memory would be one connection shared by all threads; browser and race tests need a file and its locks.
"""

import os
import tempfile

FOLDER = tempfile.TemporaryDirectory(prefix="microbiz-tests-", ignore_cleanup_errors=True)
os.environ |= {
    "MICROBIZ_MODE": "demo",
    "MICROBIZ_DEBUG": "off",
    "MICROBIZ_HTTPS": "off",
    "MICROBIZ_DATA": FOLDER.name,
    "SECRET_KEY": "for tests only",
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
    "DATABASE_URL": os.environ.get("MICROBIZ_TEST_DATABASE_URL") or f"sqlite:///{FOLDER.name}/shop.sqlite3",
}

from microbiz.settings import *  # noqa: E402, F403 (they read the environment, which is set above)
from microbiz.settings import ALLOWED_HOSTS, DATABASES, MIDDLEWARE  # noqa: E402 (as above)

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise.")]
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": []}}

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": f"{FOLDER.name}/test.sqlite3"}
    # A test's database need not survive a power cut.
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
