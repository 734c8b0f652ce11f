"""Every setting, read from the environment (or a `.env` file beside manage.py).

Safe by default: without MICROBIZ_MODE this is a production installation, and it stops with a clear message
when something is missing that it must not guess. README.md lists the variables.
"""

import logging
import os
import secrets
from datetime import timedelta
from pathlib import Path

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from microbiz.logs import hide_private_values

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

# --- Which kind of installation this is ------------------------------------------------------------------------------

LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

MICROBIZ_MODE = env.str("MICROBIZ_MODE", "production")
if MICROBIZ_MODE not in ("production", "demo"):
    raise ImproperlyConfigured(f"MICROBIZ_MODE is {MICROBIZ_MODE!r}. Set it to production or demo.")
IS_DEMO = MICROBIZ_MODE == "demo"

# Where the SQLite file, uploads and the demo's secret live.
MICROBIZ_DATA = Path(env.str("MICROBIZ_DATA", str(BASE_DIR / "data"))).resolve()
MICROBIZ_DATA.mkdir(parents=True, exist_ok=True)


def demo_secret_key():
    """A secret of this machine's own, made on the first start and kept in the data folder."""
    path = MICROBIZ_DATA / "secret_key"
    try:
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass  # made by an earlier start, or by a process beside this one
    return path.read_text()


DEBUG = env.bool("MICROBIZ_DEBUG", False)

if IS_DEMO:
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOOPBACK_HOSTS)
    if not set(ALLOWED_HOSTS) <= set(LOOPBACK_HOSTS):
        raise ImproperlyConfigured(
            "Demo mode has well-known passwords and answers on this machine only. "
            f"Take everything but {', '.join(LOOPBACK_HOSTS)} out of ALLOWED_HOSTS, or set MICROBIZ_MODE=production."
        )
    SECRET_KEY = env.str("SECRET_KEY", "") or demo_secret_key()
else:
    SECRET_KEY = env.str("SECRET_KEY", "")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
    missing = [name for name, value in [("SECRET_KEY", SECRET_KEY), ("ALLOWED_HOSTS", ALLOWED_HOSTS)] if not value]
    if missing:
        raise ImproperlyConfigured(
            f"Not set: {', '.join(missing)}. A production installation needs SECRET_KEY (50 or more random characters) "
            "and ALLOWED_HOSTS (the names it is reached by, with commas). To try the shop out, use `make run`, "
            "or set MICROBIZ_MODE=demo."
        )
    if DEBUG:
        raise ImproperlyConfigured("MICROBIZ_DEBUG shows settings to strangers: only with MICROBIZ_MODE=demo.")

# --- Applications ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "axes",
    "csp",
    "django_cotton",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "django_tasks",
    "django_tasks_db",
    "simple_history",
    # The shop, from the bottom up: each imports only from those above it (tests/test_architecture.py).
    "settings_app",
    "inventory",
    "serials",
    "inventory.adjustments",
    "inventory.counts",
    "orders",
    "receiving",
    "transfers",
    "register",
    "microbiz",
]

MIDDLEWARE = [
    "microbiz.per_request.PerRequestMiddleware",
    # What every answer carries, files of WhiteNoise and errors too.
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "microbiz.headers.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # After WhiteNoise, which has its files compressed already. Adds a random length: no secret is guessed from sizes.
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "microbiz.incoming.NulMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "microbiz.setup.FirstDayMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "settings_app.middleware.SignInForFragmentsMiddleware",
    "settings_app.middleware.IdleLockMiddleware",
    "settings_app.middleware.CurrentStoreMiddleware",
    "axes.middleware.AxesMiddleware",
]
if IS_DEMO:
    MIDDLEWARE.insert(0, "microbiz.addresses.LoopbackOnlyMiddleware")

ROOT_URLCONF = "microbiz.urls"
WSGI_APPLICATION = "microbiz.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "microbiz.places.shell",
            ],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # templates/django/forms: one field template

# --- Database --------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{MICROBIZ_DATA / 'shop.sqlite3'}")}

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        {
            # Take the write lock at BEGIN and wait for it: a transaction that reads first and writes later would
            # otherwise fail with "database is locked" instead of waiting.
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
    )
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    # A lock is waited for as long as under SQLite. Whoever holds one and says nothing for a minute is gone.
    # A server that does not answer is told of within seconds.
    DATABASES["default"]["OPTIONS"] = {
        "options": "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
        "connect_timeout": 5,
        # A statement that comes again is planned once for its connection: half of the database's time for a sale.
        "server_side_binding": True,
        "prepare_threshold": 5,
    } | DATABASES["default"].get("OPTIONS", {})
else:
    raise ImproperlyConfigured("DATABASE_URL must be a sqlite:/// or a postgres:// address.")

# --- People, sessions, lock-out --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "settings_app.Staff"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "settings_app.backends.StaffBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# A till is signed in once a day: half a day, and gone with the browser.
SESSION_ENGINE = "settings_app.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MICROBIZ_IDLE_MINUTES = env.int("MICROBIZ_IDLE_MINUTES", 30)  # then the till asks for a PIN
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# The page carries the token in hx-headers; no script needs the cookie.
CSRF_COOKIE_HTTPONLY = True

# One person at one till is locked out, not the whole shop behind one address.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "settings_app/locked_out.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_ENABLE_ADMIN = False
AXES_CLIENT_IP_CALLABLE = "microbiz.addresses.client_address"
AXES_VERBOSE = False

# --- Transport and content security ----------------------------------------------------------------------------------

USE_HTTPS = env.bool("MICROBIZ_HTTPS", not IS_DEMO)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USE_HTTPS
SECURE_SSL_REDIRECT = USE_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = env.int("MICROBIZ_HSTS_SECONDS", 30 * 24 * 60 * 60) if USE_HTTPS else 0
PROXIES = env.int("MICROBIZ_PROXIES", 0)
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Whether every other name below the shop's domain speaks HTTPS is not ours to promise.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Languages and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Files -----------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("MICROBIZ_STATIC", str(BASE_DIR / "build" / "static")))
MICROBIZ_LIMITS = MICROBIZ_DATA / "limits"  # counts of microbiz/limits.py, a minute old at most
MEDIA_ROOT = MICROBIZ_DATA / "uploads"  # read by the application only, never served as files
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_HANDLERS = [
    "microbiz.uploads.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nobody else's page is made of our files
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "microbiz.static_files.StaticFiles"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
else:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)

# --- Background work (manage.py db_worker) ---------------------------------------------------------------------------

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}

# --- Logs ------------------------------------------------------------------------------------------------------------

LOG_STEPS: list = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    hide_private_values,
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *LOG_STEPS,
        structlog.processors.StackInfoRenderer(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": LOG_STEPS,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(
                    [structlog.dev.ConsoleRenderer(colors=False)]
                    if IS_DEMO
                    else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
                ),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # A refusal (422), a wrong store (404) and a wrong role (403) are part of the day's work.
    "loggers": {"django.request": {"level": "ERROR"}},
    "root": {"handlers": ["console"], "level": env.str("MICROBIZ_LOG_LEVEL", "WARNING" if IS_DEMO else "INFO")},
}
