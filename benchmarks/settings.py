"""The production settings, with statements counted, an empty page to compare with, and passwords that cost nothing."""

from microbiz.settings import *  # noqa: F403 (a settings module is its names)
from microbiz.settings import MIDDLEWARE

MIDDLEWARE = ["benchmarks.middleware.CountingMiddleware", *MIDDLEWARE]
ROOT_URLCONF = "benchmarks.urls"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
