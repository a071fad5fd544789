"""Django settings. Everything that an operator may change comes from the environment, named GREENPARK_…; see docs."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from greenpark.project.installed import DOMAINS

ROOT = Path(__file__).resolve().parents[3]
#: Everything the product writes lies below this one folder.
VAR = Path(os.environ.get("GREENPARK_VAR", ROOT / "var"))
PACKS = Path(os.environ.get("GREENPARK_PACKS", ROOT / "packs"))
DEMO = os.environ.get("GREENPARK_DEMO") == "1"
DEBUG = os.environ.get("GREENPARK_DEBUG") == "1"


def _secret_key() -> str:
    """From the environment, else from var/secret-key (made by `greenpark init`), else one for this process only."""
    if key := os.environ.get("GREENPARK_SECRET_KEY"):
        return key
    file = VAR / "secret-key"
    if file.exists():
        return file.read_text(encoding="utf-8").strip()
    return "not-initialised-" + os.urandom(24).hex()


def _database(url: str) -> dict[str, object]:
    """``sqlite:///path`` or ``postgresql://user:password@host:port/name``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path)[1:] if parts.path.startswith("//") else unquote(parts.path),
            "OPTIONS": {
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or parse_qs(parts.query).get("host", [""])[0],  # a folder: a socket in it
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
        }
    raise ValueError(f"GREENPARK_DATABASE_URL: {parts.scheme}:// is neither sqlite nor postgresql")


DATABASE_URL = os.environ.get("GREENPARK_DATABASE_URL", f"sqlite:///{VAR / 'greenpark.sqlite3'}")
DATABASES = {"default": _database(DATABASE_URL)}
#: Readings: a file of their own beside the application's (SQLite has one writer a file), or the same PostgreSQL.
READINGS_URL = os.environ.get(
    "GREENPARK_READINGS_URL",
    DATABASE_URL if DATABASE_URL.startswith("postgres") else f"sqlite:///{VAR / 'readings.sqlite3'}",
)
#: Sealed days as Delta tables: a folder, a shared disk, or an object store.
HISTORY_PATH = os.environ.get("GREENPARK_HISTORY", str(VAR / "history"))

SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get("GREENPARK_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "greenpark.project.urls"
WSGI_APPLICATION = "greenpark.project.wsgi.application"
AUTH_USER_MODEL = "accounts.Person"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "ninja",
    "greenpark.project.shell",
    *(f"greenpark.domains.{name}" for name in DOMAINS),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "greenpark.project.shell.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
    "greenpark.domains.accounts.ui.middleware.AccessMiddleware",
]

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "greenpark.project.shell.context.shell",
            ],
            "builtins": ["greenpark.project.shell.templatetags.gp"],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
#: Static files are served from the packages they live in; there is no collecting step.
WHITENOISE_USE_FINDERS = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src-elem": ["'self'"],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("GREENPARK_HTTPS") == "1"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "greenpark.domains.accounts.ui.sign_in.locked"
AXES_RESET_ON_SUCCESS = True
#: Passwords older than this many days must be changed at the next sign-in; 0 = never.
PASSWORD_DAYS = int(os.environ.get("GREENPARK_PASSWORD_DAYS", "0"))
LOGIN_URL = "/sign-in/"
