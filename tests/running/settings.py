"""The production settings but for what costs time and proves nothing here: password hashing and hashed static files."""

from microbiz.settings import *  # noqa: F403 (a settings module is its names)
from microbiz.settings import STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
